/*
 * What every fake vendor keeps, as the real ones do: who is shown, what they are typing,
 * and a session in the browser by which the next page shows the same person again.
 * It comes before each of the other files.
 */
function fakeVendor({ cookie, item }) {
  const kept = () => {
    const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${cookie}=`));
    return (cookie && found?.split("=")[1]) || localStorage.getItem(item) || null;
  };
  const vendor = {
    who: null,
    openedAs: undefined,
    token: null,
    draft: "",
    log: [],
    wrong: [],
    kept,
    /** Appear on the page; without an identity as whoever the browser remembers. */
    open() {
      vendor.who ??= kept();
      vendor.openedAs ??= vendor.who ?? "nobody";
      vendor.log.push("open");
    },
    /** Take an identity; tokens of these tests read PERSON-NUMBER. */
    identify(token) {
      const who = String(token).split("-")[0];
      if (vendor.who && vendor.who !== who) vendor.wrong.push(`${who} while ${vendor.who} is shown`);
      vendor.who = who;
      vendor.token = token;
      vendor.log.push(`identify ${token}`);
      if (cookie) document.cookie = `${cookie}=${who}; path=/; max-age=999999`;
      localStorage.setItem(item, who);
    },
    /** Forget as much as the real one does: its cookie, and not all that it stored. */
    forget() {
      if (cookie) document.cookie = `${cookie}=; path=/; max-age=0`;
      Object.assign(vendor, { who: null, token: null, draft: "" });
      vendor.log.push("forget");
    },
    expect(condition, otherwise) {
      if (!condition) vendor.wrong.push(otherwise);
    },
  };
  window.vendor = vendor;
  return vendor;
}
