/** Sets a site up, or changes how it is set up. */
import type { Platform, Site, SiteDetails, SiteSettings } from "@callingcard/kit/api.ts";
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { ArrowLeft } from "lucide";

import { useSending, type Reasons } from "../../forms/sending.ts";
import { useUnsaved } from "../../forms/unsaved.ts";
import { Page } from "../../frame/page.tsx";
import { address, navigate } from "../../router.ts";
import { Icon } from "../../ui/icon.tsx";
import { useLoad } from "../../ui/load.ts";
import { Skeleton } from "../../ui/states.tsx";
import { SitesProblem } from "../parts.tsx";
import { PLATFORMS, readPlatforms, readSite, readSites, saveSite, sitePath, SITES } from "../sites.ts";
import { PROOF, sentences, UNVERIFIED } from "../words.ts";
import { bodyOf, draftOf, fieldsOf, reasonFor, reasonsIn, withPlatform, type Draft } from "./draft.ts";
import { ChoiceField, SelectField, TextField } from "./fields.tsx";
import { Guidance } from "./guidance.tsx";
import { Overriding } from "./overriding.tsx";
import { PlatformFields } from "./platform-fields.tsx";
import { ProofFields, type Editing } from "./proof-fields.tsx";

/** Change the site *name*. */
export function SettingsPage({ name }: { name: string }) {
  const site = useLoad(sitePath(name), readSite);
  const platforms = useLoad(PLATFORMS, readPlatforms);
  const problem = site.problem ?? platforms.problem;
  return (
    <Page title="Site settings" tabTitle={`Settings of ${name}`}>
      <main class="content site-page">
        <a class="back-link" href={address("sites", name)}>
          <Icon node={ArrowLeft} size={16} /> <span class="cut">{name}</span>
        </a>
        {problem && <SitesProblem problem={problem} retry={site.problem ? site.retry : platforms.retry} />}
        {!problem && !(site.value && platforms.value) && <Skeleton rows={6} shape="text" />}
        {site.value && platforms.value && (
          <SiteForm key={site.value.source} name={name} site={site.value} platforms={platforms.value} taken={[]} />
        )}
      </main>
    </Page>
  );
}

/** Add a site. */
export function NewSitePage() {
  const sites = useLoad(SITES, readSites);
  const platforms = useLoad(PLATFORMS, readPlatforms);
  const problem = sites.problem ?? platforms.problem;
  return (
    <Page title="New site">
      <main class="content site-page">
        <a class="back-link" href={address("sites")}>
          <Icon node={ArrowLeft} size={16} /> Sites
        </a>
        {problem && <SitesProblem problem={problem} retry={sites.problem ? sites.retry : platforms.retry} />}
        {!problem && !(sites.value && platforms.value) && <Skeleton rows={6} shape="text" />}
        {sites.value && platforms.value && (
          <SiteForm name="" site={null} platforms={platforms.value} taken={sites.value.map((one) => one.name)} />
        )}
      </main>
    </Page>
  );
}

interface Given {
  name: string;
  site: SiteDetails | null;
  platforms: Platform[];
  /** Names that a new site cannot have. */
  taken: string[];
}

function SiteForm({ name, site, platforms, taken }: Given) {
  // A site whose settings cannot be used has none to show: it is set up anew from the file's.
  const base: SiteSettings | null = site?.settings ?? site?.fileSettings ?? null;
  const draft = useSignal<Draft>(draftOf(name, base));
  const changed = useSignal(false);
  const { isBusy, problem, reasons, form, send } = useSending();
  const platform = platforms.find((one) => one.name === draft.value.platform);
  const isChanged = useUnsaved(() => changed.value);

  const change = (changes: Partial<Draft>): void => {
    draft.value = { ...draft.value, ...changes };
    changed.value = true;
  };
  async function save(): Promise<void> {
    await saveSite(draft.value.name, bodyOf(draft.value, platform, base));
    changed.value = false;
    navigate(address("sites", draft.value.name));
  }

  const editing: Editing = { draft: draft.value, reasons, change };
  return (
    <>
      {site && site.source !== "file" && <Overriding site={site} />}
      <div class="sheet form-sheet">
        <form
          class="form site-form"
          ref={form}
          noValidate
          autocomplete="off"
          onSubmit={(event) => {
            event.preventDefault();
            void send(reasonsIn(draft.value, platform, taken), save);
          }}
        >
          {!site && (
            <TextField
              label="Name"
              help="Short, for addresses and logs, such as shop. It cannot be changed later."
              value={draft.value.name}
              reason={reasonFor(reasons, "name")}
              onChange={(text) => {
                change({ name: text.trim() });
              }}
            />
          )}
          <PlatformChoice
            {...editing}
            platforms={platforms}
            choose={(chosen) => {
              change(withPlatform(draft.value, chosen, base));
            }}
          />
          {platform && <PlatformFields key={platform.name} platform={platform} {...editing} />}
          <ProofAndPages {...editing} />
          <SaveBar
            changed={isChanged}
            busy={isBusy}
            problem={problem}
            unplaced={unplaced(draft.value, platform, reasons)}
            label={site ? "Save" : "Add site"}
          />
        </form>
        {platform && (
          <aside class="form-aside" aria-label={`About ${platform.title}`}>
            <h2 class="site-section-title">{platform.title}</h2>
            <Guidance guide={platform.guide} />
          </aside>
        )}
      </div>
    </>
  );
}

function PlatformChoice(props: Editing & { platforms: Platform[]; choose: (name: string) => void }) {
  const reason = reasonFor(props.reasons, "platform");
  return (
    <SelectField
      label="Chat platform"
      value={props.draft.platform}
      options={props.platforms.map((one) => [one.name, one.title] as const)}
      reason={reason}
      onChange={props.choose}
    />
  );
}

const PROOFS = (["jwt", "jwks", "header", "key"] as const).map((kind) => [kind, PROOF[kind]] as const);
const MODES = (["refuse", "anonymous", "mint"] as const).map((kind) => [kind, UNVERIFIED[kind]] as const);

function ProofAndPages(editing: Editing) {
  const { draft, reasons, change } = editing;
  return (
    <>
      <TextField
        label="Pages at"
        help="The origins of the pages that may ask, one a line, as in https://shop.example. A page elsewhere is refused."
        rows={3}
        value={draft.origins}
        reason={reasonFor(reasons, "origins")}
        onChange={(origins) => {
          change({ origins });
        }}
      />
      <ChoiceField<Site["proof"]>
        legend="How visitors prove who they are"
        value={draft.proof}
        options={PROOFS}
        reason={reasonFor(reasons, "proof")}
        onChange={(proof) => {
          change({ proof });
        }}
      />
      <ProofFields {...editing} />
      <ChoiceField<Site["unverified"]>
        legend="An address that nobody proved"
        value={draft.unverified}
        options={MODES}
        reason={reasonFor(reasons, "unverified")}
        onChange={(unverified) => {
          change({ unverified });
        }}
      />
      {draft.unverified === "mint" && (
        <p class="notice" data-tone="warning" role="status">
          Tokens will be issued for addresses that nobody proved. Whoever types somebody else&rsquo;s address may read
          what that person wrote. Prefer invitations (<code>callingcard invite</code>), or an anonymous chat.
        </p>
      )}
    </>
  );
}

function SaveBar(props: {
  changed: boolean;
  busy: boolean;
  problem: Problem | null;
  unplaced: string[];
  label: string;
}) {
  const { changed, busy, problem, unplaced, label } = props;
  return (
    <div class="save-bar" data-changed={changed}>
      {problem && (
        <div class="form-error" role="alert">
          {sentences(problem.message, Object.keys(problem.fields).length > 0 ? "" : problem.hint)}
          {unplaced.map((line) => (
            <p key={line}>{line}</p>
          ))}
        </div>
      )}
      <button type="submit" class="button button-primary" disabled={busy || !changed}>
        {busy ? "Saving" : label}
      </button>
      <span class="text-muted text-sm">{changed ? "It counts at once." : "Nothing changed."}</span>
    </div>
  );
}

/** What was said about fields that are not in the form. */
function unplaced(draft: Draft, platform: Platform | undefined, reasons: Reasons): string[] {
  const fields = fieldsOf(draft, platform);
  return Object.entries(reasons)
    .filter(([name]) => !fields.has(name) && !fields.has(name.replace(/\.\d+$/, "")))
    .map(([name, reason]) => `${name}: ${reason}`);
}
