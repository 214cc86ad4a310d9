window.chatwootSDK = {
  run({ websiteToken, baseUrl }) {
    const vendor = fakeVendor({ cookie: "cw_conversation", item: "cw_state" });
    vendor.expect(websiteToken === "web1" && baseUrl, "run without its settings");
    const frame = { up: false };
    // The frame loads for a moment; what is told to it before is lost.
    const load = () => {
      frame.up = false;
      setTimeout(() => {
        frame.up = true;
        window.$chatwoot.hasLoaded = true;
        if (window.$chatwoot.user) vendor.wrong.push("the user was told without an identifier");
        vendor.open();
      }, 60);
    };
    window.$chatwoot = {
      hasLoaded: false,
      setUser(identifier, user) {
        vendor.expect(frame.up, "setUser before chatwoot:ready");
        vendor.expect(["string", "number"].includes(typeof identifier), "a strange identifier");
        window.$chatwoot.user = user;
        vendor.identify(user.identifier_hash);
      },
      reset() {
        vendor.forget();
        load();
      },
    };
    load();
  },
};
