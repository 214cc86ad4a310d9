/** Notices when a single-page app changes its address without a page load. */

/** Call *moved* after the path or the query changed; a changed #fragment does not count. */
export function followNavigation(moved: () => void): void {
  let last = here();
  const look = (): void => {
    if (here() === last) return;
    last = here();
    moved();
  };
  wrap("pushState", look);
  wrap("replaceState", look);
  window.addEventListener("popstate", look);
}

function here(): string {
  return location.pathname + location.search;
}

function wrap(name: "pushState" | "replaceState", after: () => void): void {
  const original = history[name].bind(history);
  history[name] = (...args: Parameters<History["pushState"]>) => {
    original(...args);
    after();
  };
}
