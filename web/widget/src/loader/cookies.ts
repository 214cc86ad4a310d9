/** The three cookies of the widget's API; we set none, but a page that moved here may hold them. */

const NAMES = ["messagesUtk", "hs-messages-is-open", "hs-messages-hide-welcome-message"];

/** Delete them on this host and on every parent domain where they may live. */
export function clearCookies(doc: Document): void {
  const parts = doc.location.hostname.split(".");
  for (const name of NAMES) {
    const gone = `${name}=; path=/; max-age=0`;
    doc.cookie = gone;
    for (let at = 0; at < parts.length - 1; at += 1) {
      doc.cookie = `${gone}; domain=${parts.slice(at).join(".")}`;
    }
  }
}
