{
  const vendor = fakeVendor({ cookie: "driftt_aid", item: "DRIFT_visitCounts" });
  const commands = {
    identify(userId, attributes, { userJwt }) {
      vendor.expect(userId === userJwt.split("-")[0], "another's JWT");
      vendor.identify(userJwt);
    },
    reset: vendor.forget,
    page: () => vendor.log.push("page"),
  };
  vendor.expect(window.drift.SNIPPET_VERSION, "not the vendor's snippet");
  for (const [name, ...args] of window.drift) commands[name](...args);
  Object.assign(window.drift, commands);
  vendor.open();
}
