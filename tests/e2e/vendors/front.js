{
  const vendor = fakeVendor({ cookie: "frontchat-session", item: "front-chat-state" });
  let started = false;
  const take = ({ email, userHash }) => {
    vendor.expect(Boolean(email) === Boolean(userHash), "an address without a hash");
    if (userHash) vendor.identify(userHash);
  };
  const commands = {
    init(options) {
      vendor.expect(options?.chatId === "web1" && !started, "a wrong init");
      started = true;
      take(options);
      vendor.open();
    },
    identity(options) {
      vendor.expect(started, "identity before init");
      take(options);
    },
    shutdown(options) {
      vendor.expect(started && options?.clearSession, "the session was not cleared");
      started = false;
      vendor.forget();
    },
  };
  window.FrontChat = (name, options) => commands[name](options);
}
