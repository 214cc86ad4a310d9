/** Where a function is written, tried and deployed. */
import { useSignal } from "@preact/signals";
import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";

import { lineOf, query } from "../../router.ts";
import { Ask } from "../page/ask.tsx";
import { FunctionFrame } from "../page/frame.tsx";
import { RunForm } from "../run/run-form.tsx";
import { Runner } from "../run/runner.ts";
import { RunPanel } from "../run/run-panel.tsx";
import type { FunctionDetails } from "../types.ts";
import type { MountedEditor } from "./code/mount.ts";
import { CodeEditor } from "./code-editor.tsx";
import { DeployPanel } from "./deploy-panel.tsx";
import { Findings } from "./findings.tsx";
import { SaveState } from "./save-state.tsx";
import { Writing } from "./writing.ts";

/** Show the editor of one function. */
export function EditorTab({ details }: { details: FunctionDetails }) {
  const writing = useMemo(() => new Writing(details), [details]);
  const runner = useMemo(() => new Runner(writing), [writing]);
  const editor = useRef<MountedEditor | null>(null);
  const at = useSignal(0);
  const told = useCallback(
    (line: number) => {
      at.value = line;
    },
    [at],
  );
  const goTo = useCallback((line: number, column = 0) => {
    editor.current?.goTo({ line, column });
  }, []);
  useEffect(() => {
    void writing.check();
    return () => {
      runner.end();
      writing.end();
    };
  }, [writing, runner]);
  useChecks(writing);
  useKeys(writing, runner);
  useUnsaved(writing);
  const deploy = async (): Promise<void> => {
    await writing.deployNow();
    const { value } = writing.deploy;
    if (value.kind === "ended" && value.now.error?.line) goTo(value.now.error.line);
  };
  const busy = writing.deploy.value.kind === "going";
  return (
    <FunctionFrame
      name={writing.name}
      tab="editor"
      action={
        <>
          <SaveState writing={writing} />
          <button
            type="button"
            class="button button-primary"
            disabled={busy}
            title={`Deploy (${KEYS.deploy})`}
            aria-keyshortcuts="Control+Shift+Enter Meta+Shift+Enter"
            onClick={() => void deploy()}
          >
            {busy ? "Deploying" : "Deploy"}
          </button>
        </>
      }
    >
      <main class="content function-page editor-page">
        <div class="editor-grid">
          <section class="editor-code" aria-label="Source">
            <DeployPanel writing={writing} goTo={goTo} />
            <CodeEditor writing={writing} editor={editor} line={lineOf(query.value)} onFinding={told} />
            <p class="help editor-help">
              <span>
                <kbd>{KEYS.save}</kbd> saves and checks
              </span>
              <span>
                <kbd>F8</kbd> next finding
              </span>
              <span>
                <kbd>{KEYS.find}</kbd> finds
              </span>
              <span>
                <kbd>Esc</kbd> then <kbd>Tab</kbd> leaves the editor
              </span>
              <Discard writing={writing} editor={editor} />
            </p>
            <Findings findings={writing.findings.value} at={at.value} goTo={goTo} />
          </section>
          <RunForm runner={runner} keys={KEYS.run} />
          <RunPanel runner={runner} sensitive={writing.manifest.value?.sensitive ?? []} goTo={goTo} />
        </div>
      </main>
    </FunctionFrame>
  );
}

const isMac = /Macintosh|iPhone|iPad/.test(navigator.userAgent);
const mod = isMac ? "⌘" : "Ctrl ";
const KEYS = {
  save: `${mod}S`,
  find: `${mod}F`,
  run: isMac ? "⌘↵" : "Ctrl Enter",
  deploy: isMac ? "⇧⌘↵" : "Ctrl Shift Enter",
};

function Discard({ writing, editor }: { writing: Writing; editor: { current: MountedEditor | null } }) {
  const kind = writing.drafts.state.value.kind;
  if (writing.liveSource.value === null || kind === "clean") return null;
  return (
    <Ask
      label="Discard the draft"
      look="text-button"
      isDanger
      question="Discard the draft?"
      act={async () => {
        editor.current?.replace(await writing.discard());
        writing.drafts.reset(writing.source);
      }}
    >
      <p>What you wrote since version {writing.live.value} is gone then; the version itself stays.</p>
    </Ask>
  );
}

/** Check again whenever the draft was kept. */
function useChecks(writing: Writing): void {
  const { value } = writing.drafts.state;
  const savedAt = value.kind === "saved" ? value.at : "";
  const first = useRef(savedAt);
  useEffect(() => {
    if (savedAt && savedAt !== first.current) void writing.check();
    first.current = savedAt;
  }, [writing, savedAt]);
}

/** The page's own keys: save, run, deploy. */
function useKeys(writing: Writing, runner: Runner): void {
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || document.querySelector("dialog[open]")) return;
      if (event.key === "s" && !event.shiftKey) void writing.drafts.flush().then(() => writing.check());
      else if (event.key === "Enter" && event.shiftKey) void writing.deployNow();
      else if (event.key === "Enter") void runner.run();
      else return;
      event.preventDefault();
    }
    document.addEventListener("keydown", press);
    return () => {
      document.removeEventListener("keydown", press);
    };
  }, [writing, runner]);
}

/** Have the browser ask before a page is closed whose draft is not kept. */
function useUnsaved(writing: Writing): void {
  useEffect(() => {
    function ask(event: BeforeUnloadEvent): void {
      if (writing.drafts.isBehind) event.preventDefault();
    }
    addEventListener("beforeunload", ask);
    return () => {
      removeEventListener("beforeunload", ask);
    };
  }, [writing]);
}
