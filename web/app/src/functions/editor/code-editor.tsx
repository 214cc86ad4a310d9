/** The code editor in the page: fetched when it is first shown, with what belongs to it around. */
import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";

import { Skeleton } from "../../ui/states.tsx";
import { complete, signatureAt } from "../functions.ts";
import type { MountedEditor } from "./code/mount.ts";
import type { Writing } from "./writing.ts";

/** Show the source of *writing*, at *line* if there is one; *editor* is set once the editor is there. */
export function CodeEditor(props: {
  writing: Writing;
  editor: { current: MountedEditor | null };
  line: number | null;
  onFinding: (line: number) => void;
}) {
  const { writing, editor, line, onFinding } = props;
  const host = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<"coming" | "there" | "failed">("coming");
  useEffect(() => {
    let isThere = true;
    let stop: (() => void) | undefined;
    void import("./code/mount.ts").then(
      ({ mountEditor }) => {
        if (!isThere || !host.current) return;
        const mounted = mountEditor(host.current, {
          source: writing.source,
          label: `Source of ${writing.name}`,
          onChange: (source) => {
            writing.typed(source);
          },
          onFinding,
          complete: (source, place, signal) => complete(writing.name, source, place, signal),
          signature: (source, place, signal) => signatureAt(writing.name, source, place, signal),
        });
        editor.current = mounted;
        stop = effect(() => {
          mounted.showFindings(writing.findings.value);
        });
        setState("there");
      },
      () => {
        if (isThere) setState("failed");
      },
    );
    return () => {
      isThere = false;
      stop?.();
      editor.current?.destroy();
      editor.current = null;
    };
  }, [writing, editor, onFinding]);
  useEffect(() => {
    // Not earlier: until it is there it has no height, and so no line to scroll to.
    if (state === "there" && line !== null) editor.current?.goTo({ line, column: 0 });
  }, [state, editor, line]);
  return (
    <div class="code-editor">
      {state === "coming" && <Skeleton rows={8} shape="text" />}
      {state === "failed" && <p class="form-error">The editor could not be fetched. Reload the page.</p>}
      <div class="code-host" dir="ltr" ref={host} data-ready={state === "there"} />
    </div>
  );
}
