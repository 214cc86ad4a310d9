{
  const vendor = fakeVendor({ cookie: "messagesUtk", item: "hs-messages-session" });
  const settings = () => window.hsConversationsSettings ?? {};
  let loaded = false;
  const look = () => {
    const { identificationEmail: email, identificationToken: token } = settings();
    vendor.expect(Boolean(email) === Boolean(token), "an address without a token");
    if (token) vendor.identify(token);
  };
  const load = () => {
    loaded = true;
    look();
    vendor.open();
  };
  window.HubSpotConversations = {
    widget: {
      load,
      refresh() {
        vendor.expect(loaded, "refresh before load");
        vendor.log.push("refresh");
        look();
      },
      status: () => ({ loaded }),
    },
    clear({ resetWidget }) {
      vendor.expect(loaded && resetWidget, "clear without a reset");
      vendor.forget();
      look();
    },
  };
  vendor.expect(settings().loadImmediately === false, "loadImmediately was not set in time");
  if (settings().loadImmediately !== false) load();
  for (const act of window.hsConversationsOnReady ?? []) act();
}
