import { afterEach, describe, expect, test } from "vitest";

import {
  address,
  askBeforeLeaving,
  functionAddress,
  lineAddress,
  lineOf,
  navigate,
  NEW_FUNCTION,
  NEW_SITE,
  parse,
  query,
  route,
  runsAddress,
  settingsAddress,
  startRouter,
} from "./router.ts";

describe("an address", () => {
  test.each([
    ["/app", { page: "inbox", id: null }],
    ["/app/", { page: "inbox", id: null }],
    ["/app/inbox", { page: "inbox", id: null }],
    ["/app/inbox/2825", { page: "inbox", id: "2825" }],
    ["/app/contacts/", { page: "contacts", id: null }],
    ["/app/contacts/a%2Fb", { page: "contacts", id: "a/b" }],
    ["/app/contacts/%E0%A4", { page: "contacts", id: "%E0%A4" }],
    ["/app/nothing", { page: "unknown", path: "/app/nothing" }],
    ["/app/sites", { page: "sites", id: null }],
    ["/app/sites/settings", { page: "sites", id: "settings" }],
    ["/app/sites/shop/settings", { page: "site-settings", id: "shop" }],
    ["/app/sites/shop/settings/1", { page: "unknown", path: "/app/sites/shop/settings/1" }],
    ["/app/sites/shop/other", { page: "unknown", path: "/app/sites/shop/other" }],
    ["/app/new-site", { page: "new-site" }],
    ["/app/new-site/1", { page: "unknown", path: "/app/new-site/1" }],
    ["/app/functions", { page: "functions", id: null }],
    ["/app/functions/greet", { page: "function", id: "greet", tab: "editor" }],
    ["/app/functions/greet/versions", { page: "function", id: "greet", tab: "versions" }],
    ["/app/functions/greet/editor", { page: "unknown", path: "/app/functions/greet/editor" }],
    ["/app/functions/greet/versions/1", { page: "unknown", path: "/app/functions/greet/versions/1" }],
    ["/app/new-function", { page: "new-function" }],
    ["/app/chatflows", { page: "chatflows", id: null }],
    ["/app/chatflows/support", { page: "chatflow", id: "support", tab: "editor" }],
    ["/app/chatflows/support/versions", { page: "chatflow", id: "support", tab: "versions" }],
    ["/app/chatflows/support/editor", { page: "unknown", path: "/app/chatflows/support/editor" }],
    ["/app/new-chatflow", { page: "new-chatflow" }],
    ["/app/teams/support", { page: "teams", id: "support" }],
    ["/app/new-hours", { page: "new-hours" }],
    ["/app/runs/r1", { page: "runs", id: "r1" }],
    ["/app/inbox/1/2", { page: "unknown", path: "/app/inbox/1/2" }],
    ["/apple", { page: "unknown", path: "/apple" }],
  ])("%s is understood", (path, expected) => {
    expect(parse(path)).toEqual(expected);
  });

  test("is made so that it is understood again", () => {
    expect(parse(address("contacts", "a/b c"))).toEqual({ page: "contacts", id: "a/b c" });
    expect(address("inbox")).toBe("/app/inbox");
    expect(parse(settingsAddress("shop"))).toEqual({ page: "site-settings", id: "shop" });
    expect(parse(NEW_SITE)).toEqual({ page: "new-site" });
    expect(parse(NEW_FUNCTION)).toEqual({ page: "new-function" });
    expect(parse(functionAddress("greet"))).toEqual({ page: "function", id: "greet", tab: "editor" });
    expect(parse(functionAddress("greet", "storage"))).toEqual({ page: "function", id: "greet", tab: "storage" });
  });
});

test("a line is said in the address and read from it; anything else is no line", () => {
  expect(lineAddress("greet", 12)).toBe("/app/functions/greet?line=12");
  expect(lineOf("?line=12")).toBe(12);
  for (const search of ["", "?line=", "?line=0", "?line=-3", "?line=2.5", "?line=x", "?line=99999999"]) {
    expect(lineOf(search)).toBeNull();
  }
});

describe("moving about", () => {
  afterEach(() => {
    document.body.replaceChildren();
  });
  startRouter();

  function click(href: string, init: MouseEventInit = {}): MouseEvent {
    const link = document.createElement("a");
    link.href = href;
    document.body.append(link);
    const event = new MouseEvent("click", { bubbles: true, cancelable: true, ...init });
    link.dispatchEvent(event);
    return event;
  }

  test("a click on our link is a step, not a reload", () => {
    navigate("/app/inbox");
    expect(click("/app/contacts/7").defaultPrevented).toBe(true);
    expect(route.value).toEqual({ page: "contacts", id: "7" });
  });

  test("what narrows a list down stays in the address, and goes with the next step", () => {
    click(runsAddress("greet"));
    expect(route.value).toEqual({ page: "runs", id: null });
    expect(query.value).toBe("?function=greet");
    navigate("/app/runs");
    expect(query.value).toBe("");
  });

  test("a click meant for a new tab, or leading elsewhere, is left alone", () => {
    navigate("/app/inbox");
    expect(click("/app/contacts", { ctrlKey: true }).defaultPrevented).toBe(false);
    expect(click("https://example.com/app/contacts").defaultPrevented).toBe(false);
    expect(route.value).toEqual({ page: "inbox", id: null });
  });
});

describe("a page that holds the reader", () => {
  let end: () => void = () => undefined;
  afterEach(() => {
    end();
  });

  test("is left when it lets go, and asks no more then", () => {
    navigate("/app/chatflows/support");
    let answer = false;
    let asked = 0;
    end = askBeforeLeaving(() => {
      asked += 1;
      return answer;
    });
    navigate("/app/inbox");
    expect(route.value).toEqual({ page: "chatflow", id: "support", tab: "editor" });
    answer = true;
    navigate("/app/inbox");
    navigate("/app/contacts");
    expect(route.value.page).toBe("contacts");
    expect(asked).toBe(2);
  });

  test("is left without a question when what it was about is gone", () => {
    navigate("/app/teams/support");
    end = askBeforeLeaving(() => false);
    navigate("/app/teams", { anyway: true });
    expect(route.value.page).toBe("teams");
  });

  test("is come back to when the browser had left it", () => {
    startRouter();
    navigate("/app/chatflows/support");
    end = askBeforeLeaving(() => false);
    history.replaceState(null, "", "/app/inbox"); // as after the back button
    dispatchEvent(new PopStateEvent("popstate"));
    expect(location.pathname).toBe("/app/chatflows/support");
    expect(route.value.page).toBe("chatflow");
  });
});
