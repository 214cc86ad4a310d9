import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { askForToken, forgetToken, type Door } from "./door.ts";
import { fakeServer, granted, nobody, problem } from "./fakes.ts";
import { doorOf } from "./options.ts";

const door = (more: Partial<Door> = {}): Door => ({
  url: "/chat/token",
  proof: () => Promise.resolve(undefined),
  ...more,
});
const bearers = ({ requests }: ReturnType<typeof fakeServer>) =>
  requests.map(({ init }) => (init.headers as Record<string, string>).Authorization);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  history.replaceState(null, "", "/");
});

it("sends cookies to another origin only when told", async () => {
  const server = fakeServer(granted("t1"));
  await askForToken(doorOf({ endpoint: "/chat/token" }));
  await askForToken(doorOf({ endpoint: "/chat/token", credentials: "include" }));
  await askForToken(doorOf({ endpoint: "/chat/token", credentials: "everything" }));
  expect(server.requests.map(({ init }) => init.credentials)).toEqual([
    "same-origin",
    "include",
    "same-origin",
  ]);
});

it("gives up after ten seconds on a network that says nothing, and lets go of it", async () => {
  let signal: AbortSignal | null | undefined;
  vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
    signal = init.signal;
    return new Promise(() => undefined);
  });
  const asking = expect(askForToken(door())).rejects.toMatchObject({ retry: true });
  await vi.advanceTimersByTimeAsync(10_000);
  await asking;
  expect(signal?.aborted).toBe(true);
});

it("gives up after ten seconds on a page's proof that never comes", async () => {
  const server = fakeServer(granted("t1"));
  const asking = askForToken(door({ proof: () => new Promise(() => undefined) }));
  const refused = expect(asking).rejects.toThrow("no answer in time");
  await vi.advanceTimersByTimeAsync(10_000);
  await refused;
  expect(server.requests).toEqual([]);
});

it("posts who a landing page's visitor says they are, under the publishable key", async () => {
  const server = fakeServer(granted("t1"));
  const who = { email: "ada@example.com", firstName: "Ada" };
  await askForToken(door({ key: "cc_pk_1", who }));
  expect(bearers(server)).toEqual(["Bearer cc_pk_1"]);
  expect(JSON.parse(server.requests[0]?.init.body as string)).toEqual(who);
});

it("asks nobody on a landing page where nobody said who they are", async () => {
  const server = fakeServer(granted("t1"));
  expect(await askForToken(door({ key: "cc_pk_1" }))).toBeNull();
  expect(server.requests).toEqual([]);
});

it("sends no address without a key", async () => {
  const server = fakeServer(granted("t1"));
  const asking = askForToken(door({ who: { email: "ada@example.com" } }));
  await expect(asking).rejects.toThrow("data-key");
  expect(server.requests).toEqual([]);
});

it("has the server forget nobody who only said who they are", async () => {
  const server = fakeServer(nobody);
  await forgetToken(door({ key: "cc_pk_1", who: { email: "ada@example.com" } }));
  expect(server.requests).toEqual([]);
});

it("takes the invite out of the address, and leaves the rest", () => {
  history.replaceState({ kept: 1 }, "", "/welcome?a=1&callingcard_invite=secret&b=2#there");
  expect(doorOf({ site: "shop" }).invite).toBe("secret");
  expect(location.pathname + location.search + location.hash).toBe("/welcome?a=1&b=2#there");
  expect(history.state).toEqual({ kept: 1 });
});

it("looks for the invite under the name that the page gives", () => {
  history.replaceState(null, "", "/?card=secret");
  expect(doorOf({ site: "shop", invite: "card" }).invite).toBe("secret");
  expect(location.search).toBe("");
});

it("uses an invite once, and says that its token cannot be renewed", async () => {
  const server = fakeServer(nobody, granted("t1"), nobody);
  const mine = door({ invite: "inv" });
  expect(await askForToken(mine)).toMatchObject({ token: "t1", last: true });
  expect(await askForToken(mine)).toBeNull();
  expect(bearers(server)).toEqual([undefined, "Bearer inv", undefined]);
});

it("uses no invite for somebody who is signed in", async () => {
  const server = fakeServer(granted("t1"));
  const mine = door({ invite: "inv", proof: () => Promise.resolve("proof") });
  await askForToken(mine);
  expect(bearers(server)).toEqual(["Bearer proof"]);
  expect(mine.invite).toBeNull();
});

it("opens anonymously when the invite was used before", async () => {
  fakeServer(nobody, problem(401, "identity.invite_spent"));
  const mine = door({ invite: "inv" });
  expect(await askForToken(mine)).toBeNull();
  expect(mine.invite).toBeNull();
});

it("keeps the invite when the server could not look at it", async () => {
  fakeServer(nobody, problem(503, "upstream"), nobody, granted("t1"));
  const mine = door({ invite: "inv" });
  await expect(askForToken(mine)).rejects.toMatchObject({ retry: true });
  expect(await askForToken(mine)).toMatchObject({ token: "t1" });
});
