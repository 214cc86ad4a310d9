/** Deletes what a vendor left in the browser, so that the next person is a stranger to it. */

/** Delete each cookie and stored item whose name matches *traces*. */
export function wipe(traces: RegExp | undefined): void {
  if (!traces) return;
  for (const cookie of document.cookie.split("; ")) {
    const [name = ""] = cookie.split("=");
    if (traces.test(name)) deleteCookie(name);
  }
  for (const kind of ["localStorage", "sessionStorage"] as const) {
    try {
      const store = window[kind];
      for (const name of Object.keys(store)) if (traces.test(name)) store.removeItem(name);
    } catch {
      // A browser that forbids storage kept nothing there.
    }
  }
}

/** The vendor may have set it for this host or for any parent of it. */
function deleteCookie(name: string): void {
  const labels = location.hostname.split(".");
  const gone = `${name}=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT`;
  document.cookie = gone;
  for (; labels.length > 1; labels.shift()) {
    document.cookie = `${gone}; domain=.${labels.join(".")}`;
  }
}
