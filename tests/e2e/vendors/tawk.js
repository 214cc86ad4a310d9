{
  const vendor = fakeVendor({ cookie: "twk_idm_key", item: "twk_token_web1" });
  const api = window.Tawk_API;
  vendor.expect(api && window.Tawk_LoadStart, "the page's part of the snippet is missing");
  if (api.visitor?.hash) vendor.identify(api.visitor.hash);
  let leaving = false;
  const take = ({ hash }, told) => {
    vendor.expect(!leaving, "a login during a logout");
    vendor.identify(hash);
    setTimeout(told);
  };
  // The real one puts its methods there a little after it ran.
  setTimeout(() => {
    Object.assign(api, {
      login: take,
      setAttributes: take,
      logout(told) {
        leaving = true;
        vendor.forget();
        setTimeout(() => {
          leaving = false;
          told();
        }, 60);
      },
    });
    vendor.open();
  }, 20);
}
