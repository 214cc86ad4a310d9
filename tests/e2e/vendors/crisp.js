{
  const vendor = fakeVendor({ cookie: "crisp-client/session/web1", item: "crisp-client/state" });
  vendor.expect(window.CRISP_WEBSITE_ID === "web1", "no website id before the loader");
  let bound = window.CRISP_TOKEN_ID;
  const run = ([verb, name, value]) => {
    if (verb === "do" && name === "session:reset") {
      bound = window.CRISP_TOKEN_ID;
      vendor.forget();
      // A token brings back the session that is bound to it, here as in the real one.
      if (bound) vendor.who = bound.split("-")[1];
    } else if (name === "user:email") {
      const [email, signature] = value;
      vendor.expect(email.split("@")[0] === signature.split("-")[0], "another's signature");
      vendor.expect(bound === `token-${email.split("@")[0]}`, "another's session token");
      vendor.identify(signature);
    }
  };
  const waiting = window.$crisp;
  for (const command of waiting) run(command);
  window.$crisp = { push: run, is: () => true };
  vendor.open();
}
