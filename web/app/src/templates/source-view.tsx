/** A source to be read, in the colours of the editor. */
import { useEffect, useRef, useState } from "preact/hooks";

/** Show *source*; until the colours have been fetched, or if they cannot be, as plain text. */
export function SourceView({ source, label }: { source: string; label: string }) {
  const host = useRef<HTMLDivElement>(null);
  const [isThere, setThere] = useState(false);
  useEffect(() => {
    let isWanted = true;
    let destroy: (() => void) | undefined;
    import("./mount-source.ts").then(
      ({ mountSource }) => {
        if (!isWanted || !host.current) return;
        destroy = mountSource(host.current, source, label);
        setThere(true);
      },
      () => undefined, // the plain text stays
    );
    return () => {
      isWanted = false;
      destroy?.();
    };
  }, [source, label]);
  return (
    <>
      {!isThere && (
        <pre class="code" dir="ltr" tabIndex={0} aria-label={label}>
          <code>{source}</code>
        </pre>
      )}
      <div class={isThere ? "source-host" : ""} ref={host} />
    </>
  );
}
