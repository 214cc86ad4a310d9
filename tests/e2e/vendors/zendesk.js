{
  const vendor = fakeVendor({ cookie: "__zlcmid", item: "ZD-suid" });
  vendor.expect(document.currentScript.id === "ze-snippet", "the element's id is not ze-snippet");
  let ask = null;
  const login = () =>
    ask((jwt) => {
      vendor.expect(jwt !== vendor.token, "an old token again");
      vendor.identify(jwt);
    });
  const commands = {
    loginUser(callback) {
      vendor.expect(!ask, "loginUser twice");
      ask = callback;
      login();
    },
    logoutUser() {
      ask = null;
      vendor.forget();
    },
  };
  window.zE = (part, name, ...args) => {
    vendor.expect(part === "messenger", `a call to ${part}`);
    commands[name](...args);
  };
  /** The token ends: the real one asks anew by itself. */
  vendor.expire = login;
  vendor.open();
}
