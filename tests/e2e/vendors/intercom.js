{
  const vendor = fakeVendor({ cookie: "intercom-session-app1", item: "intercom-state" });
  const commands = {
    boot(settings) {
      vendor.expect(!Intercom.booted, "boot twice");
      vendor.expect(settings?.app_id === "app1", "boot without an app");
      Intercom.booted = true;
      commands.take(settings);
      vendor.open();
    },
    take(settings) {
      const { intercom_user_jwt: jwt, user_hash: hash } = settings ?? {};
      vendor.expect(!(jwt && hash), "a JWT and a hash together");
      if (jwt ?? hash) vendor.identify(jwt ?? hash);
    },
    update(settings) {
      vendor.expect(Intercom.booted, "update before boot");
      vendor.log.push("update");
      commands.take(settings);
    },
    shutdown() {
      Intercom.booted = false;
      vendor.forget();
    },
  };
  const waiting = window.Intercom.q;
  window.Intercom = (name, ...args) => commands[name](...args);
  for (const [name, ...args] of waiting) commands[name](...args);
}
