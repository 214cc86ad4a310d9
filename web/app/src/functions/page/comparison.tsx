/** Two sources beside each other, as one text with what came and what went. */
import { useEffect, useRef, useState } from "preact/hooks";

import { Skeleton } from "../../ui/states.tsx";
import { count } from "../words.ts";

/** Show what *after* has that *before* had not, and the other way round. */
export function Comparison({ before, after }: { before: string; after: string }) {
  const host = useRef<HTMLDivElement>(null);
  const [counts, setCounts] = useState<{ added: number; removed: number } | "failed" | null>(null);
  useEffect(() => {
    let isThere = true;
    let destroy: (() => void) | undefined;
    void import("../editor/code/compare.ts").then(
      ({ mountComparison }) => {
        if (!isThere || !host.current) return;
        const mounted = mountComparison(host.current, before, after, "What changed");
        destroy = mounted.destroy;
        setCounts(mounted.counts);
      },
      () => {
        if (isThere) setCounts("failed");
      },
    );
    return () => {
      isThere = false;
      destroy?.();
    };
  }, [before, after]);
  return (
    <>
      <p class="text-muted" role="status">
        {counts === "failed" && "The comparison could not be fetched. Reload the page."}
        {counts !== null && counts !== "failed" && said(counts)}
      </p>
      {counts === null && <Skeleton rows={6} shape="text" />}
      <div class="comparison-host" dir="ltr" ref={host} />
    </>
  );
}

function said({ added, removed }: { added: number; removed: number }): string {
  if (added === 0 && removed === 0) return "Nothing changed.";
  return `${count(added, "line")} came, ${count(removed, "line")} went.`;
}
