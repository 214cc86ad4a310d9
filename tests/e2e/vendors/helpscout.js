{
  const vendor = fakeVendor({ cookie: "beacon-session", item: "hsBeaconDevice" });
  let started = false;
  const commands = {
    init(id) {
      vendor.expect(id === "web1" && !started, "a wrong init");
      started = true;
    },
    identify({ email, signature }) {
      vendor.expect(started, "identify before init");
      vendor.expect(email.split("@")[0] === signature.split("-")[0], "another's signature");
      vendor.identify(signature);
    },
    logout(options) {
      vendor.expect(options?.endActiveChat, "the chat was not ended");
      vendor.forget();
    },
  };
  const waiting = window.Beacon.readyQueue;
  window.Beacon = (name, options) => commands[name](options);
  for (const { method, options } of waiting) commands[method](options);
  vendor.open();
}
