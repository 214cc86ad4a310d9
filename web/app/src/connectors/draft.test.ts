import { describe, expect, test } from "vitest";

import { authFields, authWords, secretName } from "./auth.ts";
import type { Definition } from "./connectors.ts";
import { draftOf, draftReasons, givenOf, nameOf, type Draft } from "./draft.ts";
import { matching } from "./operations.tsx";

const HUBSPOT: Definition = {
  title: "HubSpot",
  base_url: "https://api.hubapi.com",
  timeout: "8s",
  check: "list_contacts",
  auth: { kind: "bearer", secret: "HUBSPOT_TOKEN" },
  operations: { list_contacts: { method: "GET", path: "/crm/v3/objects/contacts" } },
  headers: { "X-Version": "3" },
};

const SHOP: Draft = { ...draftOf("", {}), name: "my_shop", baseUrl: "https://shop.example" };

describe("what is sent", () => {
  test.each<[string, Definition]>([
    ["bearer", HUBSPOT],
    ["nothing", { title: "Plain", base_url: "https://x.example" }],
    ["header", { base_url: "https://x.example", auth: { kind: "header", name: "X-Key", prefix: "Token ", secret: "K" } }],
    ["basic", { base_url: "https://x.example", auth: { kind: "basic", username: { secret: "USER" }, password: "P" } }],
    ["signing", { title: "Crisp", auth: { kind: "hmac", secret: "CRISP" } }],
    ["of tomorrow", { base_url: "https://x.example", auth: { kind: "mtls", certificate: "CERT" } }],
    ["webhook", { auth: { kind: "url", secret: "HOOK", hosts: ["a.example", "*.b.example"] } }],
    [
      "refreshed",
      {
        base_url: "https://x.example",
        private: true,
        allow: ["GET /a/*", "list"],
        auth: { kind: "oauth2", grant: "refresh_token", client_auth: "basic", token_url: "https://t.example", client_id: "c", refresh_token: "R", scope: "a b" },
      },
    ],
  ])("a definition goes through the form and comes out the same: %s", (_, definition) => {
    const given = givenOf(draftOf("x", definition), definition);
    expect(given).toEqual({ definition, openapi: null, secrets: {} });
  });

  test("typed secrets travel apart, under the names that the definition holds", () => {
    const draft = { ...SHOP, kind: "basic" as const, fields: { username: "ada" }, secrets: { password: { text: "s3cret", stored: false } } };
    const { definition, secrets } = givenOf(draft, {});
    expect(definition["auth"]).toEqual({ kind: "basic", username: "ada", password: "MY_SHOP_PASSWORD" });
    expect(secrets).toEqual({ MY_SHOP_PASSWORD: "s3cret" });
    expect(JSON.stringify(definition)).not.toContain("s3cret");
  });

  test("a secret typed for a kind that was not chosen in the end stays here", () => {
    const draft = { ...SHOP, kind: "none" as const, secrets: { secret: { text: "s3cret", stored: false } } };
    expect(givenOf(draft, {})).toEqual({ definition: { base_url: "https://shop.example" }, openapi: null, secrets: {} });
  });

  test("a client secret that may be missing is named only when there is one", () => {
    const draft: Draft = { ...SHOP, kind: "oauth2", grant: "refresh_token", fields: { token_url: "https://t", client_id: "c" } };
    expect(givenOf(draft, {}).definition["auth"]).not.toHaveProperty("client_secret");
    const typed = { ...draft, secrets: { client_secret: { text: "x", stored: false } } };
    expect(givenOf(typed, {}).definition["auth"]).toMatchObject({ client_secret: "MY_SHOP_CLIENT_SECRET" });
  });

  test("a document is sent as JSON, and the definition says that there is one", () => {
    const { definition, openapi } = givenOf({ ...SHOP, document: '{"openapi": "3.1.0"}' }, {});
    expect(openapi).toEqual({ openapi: "3.1.0" });
    expect(definition["openapi"]).toBe("openapi.json");
  });

  test("a webhook has no address beside its secret one", () => {
    const draft: Draft = { ...SHOP, kind: "url", fields: { hosts: "hooks.example\n\n *.b.example " } };
    const { definition } = givenOf(draft, { base_url: "https://old.example" });
    expect(definition).toEqual({ auth: { kind: "url", secret: "MY_SHOP_KEY", hosts: ["hooks.example", "*.b.example"] } });
  });
});

describe("what is wrong before anything is sent", () => {
  test("a name is one in Python, and nobody else's", () => {
    const reason = (name: string): string | undefined => draftReasons({ ...SHOP, name }, ["hubspot"])["name"];
    expect(reason("my_shop")).toBeUndefined();
    expect(reason("my-shop")).toContain("Python");
    expect(reason("hubspot")).toContain("already");
    expect(reason("")).toContain("needs");
  });

  test("what a kind needs is asked for, and what it does not need is not", () => {
    const draft: Draft = { ...SHOP, kind: "oauth2", baseUrl: "" };
    expect(Object.keys(draftReasons(draft, []))).toEqual(["base_url", "auth.token_url", "auth.client_id"]);
    expect(draftReasons({ ...SHOP, kind: "url", fields: { hosts: "a.b" }, baseUrl: "" }, [])).toEqual({});
  });

  test("a document in YAML is told how to become one in JSON", () => {
    expect(draftReasons({ ...SHOP, document: "openapi: 3.1.0" }, [])["openapi"]).toContain("Convert YAML");
    expect(draftReasons({ ...SHOP, document: "[]" }, [])["openapi"]).toContain("JSON");
  });
});

test("a secret that is kept shows as set, and its name is the definition's", () => {
  const draft = draftOf("hubspot", HUBSPOT, [{ name: "HUBSPOT_TOKEN", set: true }]);
  expect(draft.secrets["secret"]).toEqual({ text: "", stored: true });
  expect(nameOf(draft, "secret")).toBe("HUBSPOT_TOKEN");
  expect(nameOf(SHOP, "secret")).toBe("MY_SHOP_KEY");
  expect(secretName("x".repeat(63), "refresh_token")).toHaveLength(64);
});

test("renewing needs a refresh token, and a client secret only of some", () => {
  const names = (grant: string): (string | undefined)[] =>
    authFields("oauth2", grant).filter((field) => field.isSecret && !field.isOptional).map((field) => field.name);
  expect(names("client_credentials")).toEqual(["client_secret"]);
  expect(names("refresh_token")).toEqual(["refresh_token"]);
});

test("every kind has words", () => {
  expect(authWords(null)).toBe("Nothing");
  expect(authWords({ kind: "header", name: "X-Key" })).toBe("Key in X-Key");
  expect(authWords({ kind: "oauth2", grant: "refresh_token" })).toBe("OAuth 2.0, refresh token");
  expect(authWords({ kind: "of tomorrow" })).toBe("of tomorrow");
});

test("operations are found by all the words, wherever they stand", () => {
  const list = { name: "list_orders", method: "GET", path: "/orders", summary: "All orders" };
  const make = { name: "create_order", method: "POST", path: "/orders", summary: "Begin one" };
  expect(matching([list, make], "POST ord")).toEqual([make]);
  expect(matching([list, make], " ")).toEqual([list, make]);
});
