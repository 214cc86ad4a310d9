{
  const vendor = fakeVendor({ item: "00D0_WEB_STORAGE" });
  let ready = false;
  const getReady = () =>
    setTimeout(() => {
      ready = true;
      window.dispatchEvent(new Event("onEmbeddedMessagingReady"));
    }, 60);
  window.embeddedservice_bootstrap = {};
  setTimeout(() => {
    window.embeddedservice_bootstrap.userVerificationAPI = {
      setIdentityToken({ identityTokenType, identityToken }) {
        vendor.expect(ready, "setIdentityToken before it was ready");
        vendor.expect(identityTokenType === "JWT", "a token of another type");
        vendor.identify(identityToken);
      },
      clearSession(endSession) {
        vendor.expect(endSession === true, "the session was not ended");
        ready = false;
        vendor.forget();
        getReady();
      },
    };
    vendor.open();
    getReady();
  }, 20);
  /** The token ends: without a new one in 30 seconds everything is cleared. */
  vendor.expire = () => {
    const old = vendor.token;
    window.dispatchEvent(new Event("onEmbeddedMessagingIdentityTokenExpired"));
    setTimeout(() => vendor.expect(vendor.token !== old, "no new token in time"), 3000);
  };
}
