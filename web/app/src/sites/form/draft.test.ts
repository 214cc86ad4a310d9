import { describe, expect, test } from "vitest";

import { argument, HUBSPOT, platform, settings } from "../samples.ts";
import { bodyOf, draftOf, emptyKey, fieldsOf, kindOf, reasonFor, reasonsIn, withPlatform } from "./draft.ts";

describe("a site that is changed", () => {
  test("keeps every secret that nothing was typed for", () => {
    const body = bodyOf(draftOf("shop", settings()), HUBSPOT, settings());
    expect(body.settings).toEqual({ access_token: { keep: true } });
    expect(body.jwt?.keys).toEqual([{ kid: "k1", algorithm: "HS256", publicKey: "", secret: { keep: true } }]);
  });

  test("sends a secret that was typed, letter for letter", () => {
    const draft = draftOf("shop", settings());
    draft.entries["access_token"] = { text: "{pat} ", stored: true };
    expect(bodyOf(draft, HUBSPOT, settings()).settings).toEqual({ access_token: "{pat} " });
  });

  test("comes back as it was when nothing was touched", () => {
    const base = settings({
      proof: "jwks",
      jwks: {
        preset: "clerk",
        url: "",
        issuer: "https://clerk.example",
        audience: "",
        claims: { email: "mail", emailVerified: "", userId: "", firstName: "", lastName: "" },
        algorithms: [],
        parties: ["https://shop.example"],
        header: "",
        cookie: "",
        region: "",
        signer: "",
        project: "",
        team: "",
        trustEmail: false,
      },
    });
    const body = bodyOf(draftOf("shop", base), HUBSPOT, base);
    expect(body.jwks).toEqual({
      preset: "clerk",
      issuer: "https://clerk.example",
      claims: { email: "mail" },
      algorithms: [],
      parties: ["https://shop.example"],
      trustEmail: false,
    });
    expect(body.landing).toEqual(base.landing);
    expect(body.jwt?.issuer).toBe("shop");
  });

  test("forgets a platform's arguments with the platform, and finds them again with it", () => {
    const base = settings();
    const away = withPlatform(draftOf("shop", base), "crisp", base);
    expect(away.entries).toEqual({});
    expect(withPlatform(away, "hubspot", base).entries).toEqual({ access_token: { text: "", stored: true } });
  });

  test("sends no section of a proof that it never had", () => {
    const draft = { ...draftOf("shop", settings({ proof: "key", jwt: null })), proof: "key" as const };
    const body = bodyOf(draft, HUBSPOT, settings({ proof: "key", jwt: null }));
    expect([body.jwt, body.jwks, body.header]).toEqual([undefined, undefined, undefined]);
  });
});

describe("a new site", () => {
  test("has a key to fill in, and sends lists of what stands on lines", () => {
    const draft = draftOf("", null);
    expect(draft.jwt.keys).toEqual([emptyKey()]);
    draft.proof = "header";
    draft.origins = "https://a.example\n\n https://b.example ";
    draft.header = { preset: "authelia", trustedPeers: "10.0.0.1\nunix", emailVerified: "false" };
    const body = bodyOf(draft, undefined, null);
    expect(body.origins).toEqual(["https://a.example", "https://b.example"]);
    expect(body.header).toEqual({ preset: "authelia", trustedPeers: ["10.0.0.1", "unix"], emailVerified: false });
    expect(body.landing).toBeUndefined();
  });

  test("is told what is missing before anything is sent", () => {
    const draft = draftOf("-shop", null);
    expect(Object.keys(reasonsIn(draft, undefined, []))).toEqual(["name", "platform"]);
    const chosen = { ...draftOf("shop", null), platform: "hubspot" };
    expect(reasonsIn(chosen, HUBSPOT, ["shop"])).toEqual({
      name: "There is a site of this name already; change that one, or choose another name.",
      "settings.access_token": "This is needed.",
    });
  });
});

describe("an argument", () => {
  test("is a secret when the platform or the server says so", () => {
    expect(kindOf(argument("secret", { secret: true }), undefined)).toBe("secret");
    expect(kindOf(argument("website_token"), { text: "", stored: true })).toBe("secret");
  });

  test("is a number or a table like its default, and a text where a brace means nothing", () => {
    expect(kindOf(argument("lifetime", { default: 3600 }), undefined)).toBe("number");
    expect(kindOf(argument("extra", { default: {} }), undefined)).toBe("table");
    expect(kindOf(argument("claims"), { text: ' {"a": 1}', stored: false })).toBe("table");
    expect(kindOf(argument("over", { default: "email" }), { text: "{email}", stored: false })).toBe("text");
  });

  test("is read as what it is, and left out when empty", () => {
    const any = platform(
      "jwt",
      argument("claims"),
      argument("lifetime", { required: false, default: 3600 }),
      argument("member", { required: false, default: "token" }),
    );
    const draft = { ...draftOf("shop", null), platform: "jwt" };
    draft.entries = {
      claims: { text: '{"email": "{email}"}', stored: false },
      lifetime: { text: "60", stored: false },
      member: { text: "  ", stored: false },
    };
    expect(bodyOf(draft, any, null).settings).toEqual({ claims: { email: "{email}" }, lifetime: 60 });
    draft.entries["claims"] = { text: "{email}", stored: false };
    draft.entries["lifetime"] = { text: "an hour", stored: false };
    expect(Object.keys(reasonsIn(draft, any, []))).toEqual(["settings.claims", "settings.lifetime"]);
  });
});

describe("a reason", () => {
  test("stands beside its field, those of a list's lines too", () => {
    const reasons = { "origins.0": "No path.", "origins.2": "No scheme.", "jwt.keys.0.secret": "Short." };
    expect(reasonFor(reasons, "origins")).toBe("No path. No scheme.");
    expect(reasonFor(reasons, "jwt.keys")).toBe("");
    expect(reasonFor(reasons, "jwt.keys.0.secret")).toBe("Short.");
  });

  test("is known to have no field of its own when the form has none", () => {
    const fields = fieldsOf(draftOf("shop", settings()), HUBSPOT);
    expect(fields.has("settings.access_token")).toBe(true);
    expect(fields.has("jwt.keys.0.secret")).toBe(true);
    expect(fields.has("landing.perSource")).toBe(false);
  });
});
