/** A button that copies a text, and says that it did. */
import { useEffect, useState } from "preact/hooks";

const SAID_MS = 2000;

/** Copy *text*; *what* names it for those who do not see where the button stands. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState<"Copied" | "Not copied" | "">("");
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => {
      setSaid("");
    }, SAID_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [said]);
  return (
    <button
      type="button"
      class="text-button copy-button"
      onClick={() => {
        void copy(text).then((isCopied) => {
          setSaid(isCopied ? "Copied" : "Not copied");
        });
      }}
    >
      <span aria-hidden={said !== ""}>{said || "Copy"}</span>
      <span class="sr-only">{said ? "" : ` ${what}`}</span>
      <span class="sr-only" role="status">
        {said}
      </span>
    </button>
  );
}

/** Put *text* on the clipboard; say whether that worked. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // pages without HTTPS have no clipboard, and some readers forbid it
  }
}
