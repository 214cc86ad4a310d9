import { afterEach, expect, test, vi } from "vitest";

import { contactName, contacts, findContacts, forgetContacts, moreContacts, propertyText, retryContacts } from "./store.ts";

afterEach(forgetContacts);

const page = (ids: string[], next: string | null = null) => ({ results: ids.map((id) => ({ id })), next });
const shown = () => contacts.value.results.map((one) => one.id);

function serve(...answers: (object | number)[]) {
  const fetched = vi.fn<typeof fetch>(() => {
    const answer = answers.shift() ?? 500;
    return Promise.resolve(typeof answer === "number" ? new Response(null, { status: answer }) : Response.json(answer));
  });
  vi.stubGlobal("fetch", fetched);
  return () => fetched.mock.calls.map(([path]) => path as string);
}

test("a search is the server's, and its pages are added up", async () => {
  const asked = serve(page(["a"], "cur"), page(["b"]));
  await findContacts(" ada ");
  await moreContacts();
  expect(asked()).toEqual(["/v1/contacts?limit=50&query=ada", "/v1/contacts?limit=50&query=ada&after=cur"]);
  expect(shown()).toEqual(["a", "b"]);
  await moreContacts();
  expect(asked()).toHaveLength(2);
});

test("a page that fails keeps what was read, and can be asked for again", async () => {
  const asked = serve(page(["a"], "cur"), 500, page(["b"]));
  await findContacts("");
  await moreContacts();
  expect([contacts.value.state, shown()]).toEqual(["failed", ["a"]]);
  await retryContacts();
  expect([contacts.value.state, shown()]).toEqual(["ready", ["a", "b"]]);
  expect(asked()[2]).toBe(asked()[1]);
});

test("an older search that answers late does not win", async () => {
  const finish: ((value: Response) => void)[] = [];
  vi.stubGlobal("fetch", (_path: string, init: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      finish.push(resolve);
      init.signal?.addEventListener("abort", () => {
        reject(new DOMException("gone", "AbortError"));
      });
    }),
  );
  const old = findContacts("a");
  const young = findContacts("ada");
  finish[1]?.(Response.json(page(["ada"])));
  finish[0]?.(Response.json(page(["anna"])));
  await Promise.all([old, young]);
  expect([contacts.value.words, shown()]).toEqual(["ada", ["ada"]]);
});

test("people without a name and values of any kind are put in words", () => {
  expect(contactName({ firstName: "Ada", lastName: null, email: "a@b.c" })).toBe("Ada");
  expect(contactName({ firstName: null, lastName: null, email: "a@b.c" })).toBe("a@b.c");
  expect(contactName({ firstName: null, lastName: null, email: null })).toBe("No name");
  expect([null, "pro", 250000, true].map(propertyText)).toEqual(["", "pro", (250000).toLocaleString(), "true"]);
});
