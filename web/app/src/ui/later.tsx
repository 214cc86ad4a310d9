/** Parts of the app that are fetched when they are first needed. */
import { Problem } from "@callingcard/kit/request.ts";
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Failure, Skeleton } from "./states.tsx";

/** Return a component that fetches the real one with *load*, once for the whole page. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let Ready: ComponentType<P> | null = null;
  let coming: Promise<ComponentType<P>> | null = null;

  function get(): Promise<ComponentType<P>> {
    coming ??= load();
    coming.then(
      (component) => (Ready = component),
      () => (coming = null), // so that the next try asks again
    );
    return coming;
  }

  return function Later(props: P) {
    const [, redraw] = useState(0);
    const [failed, setFailed] = useState(false);
    const [tries, setTries] = useState(0);
    useEffect(() => {
      if (Ready) return;
      let isThere = true;
      get().then(
        () => {
          if (isThere) redraw((count) => count + 1);
        },
        () => {
          if (isThere) setFailed(true);
        },
      );
      return () => {
        isThere = false;
      };
    }, [tries]);
    if (Ready) return <Ready {...props} />;
    if (!failed) return <Skeleton rows={6} shape="text" />;
    return (
      <Failure
        problem={FETCH_FAILED}
        retry={() => {
          setFailed(false);
          setTries((count) => count + 1);
        }}
      />
    );
  };
}

const FETCH_FAILED = new Problem("A part of this page could not be fetched.", {
  status: 0,
  code: "network.part",
  hint: "Check the connection and try again. If the server was just updated, reload the page.",
});
