/** A chat platform's own guide, beside the form that asks for its settings. */
import type { Platform } from "@callingcard/kit/api.ts";

/** What to know of the chat platform, from its own guide. */
export function Guidance({ guide }: { guide: Platform["guide"] }) {
  return (
    <section class="guidance">
      <h3 class="section-title">Where to find these</h3>
      <p>{guide.where}</p>
      <h3 class="section-title">To enforce it</h3>
      <p>{guide.enforce}</p>
      <h3 class="section-title">When a visitor signs out</h3>
      <pre class="code" tabIndex={0} aria-label="Code that signs out">
        <code>{guide.logout}</code>
      </pre>
      <h3 class="section-title">When it does not work</h3>
      <p>{guide.failure}</p>
      <p>
        <a class="quiet-link" href={guide.docsUrl} target="_blank" rel="noreferrer">
          The vendor&rsquo;s page
        </a>
      </p>
    </section>
  );
}
