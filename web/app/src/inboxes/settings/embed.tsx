/** What to put on a page so that the chat is there. */
import { useSignal } from "@preact/signals";

import { CopyButton } from "../../ui/copy.tsx";
import { snippet } from "../words.ts";

/** Show the snippet for *inbox*, for anybody or for somebody who is signed in. */
export function Embed({ inbox }: { inbox: string }) {
  const signedIn = useSignal(true);
  const text = snippet(location.origin, inbox, { signedIn: signedIn.value });
  return (
    <section class="site-section" aria-labelledby="embed">
      <h2 class="site-section-title" id="embed">
        On your pages
      </h2>
      <fieldset class="segments desk-segments">
        <legend class="sr-only">For which visitors</legend>
        {(
          [
            [true, "Signed-in visitors"],
            [false, "Anybody"],
          ] as const
        ).map(([value, label]) => (
          <label key={label}>
            <input
              type="radio"
              name="embed"
              checked={signedIn.value === value}
              onChange={() => {
                signedIn.value = value;
              }}
            />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      <div class="code-block">
        <pre class="code" dir="ltr" tabIndex={0} aria-label="Snippet for your pages">
          <code>{text}</code>
        </pre>
        <CopyButton text={text} what="the snippet" />
      </div>
      <p class="text-muted">
        {signedIn.value
          ? "Your backend fills the two values in, for whoever is signed in to your site. The token is signed with a key below."
          : "Before the end of the body. Nobody is known by it; who signs in later is known from then on."}
      </p>
    </section>
  );
}
