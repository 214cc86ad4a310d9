/** The list of sites: who they are, whether they are well, and what they hand out. */
import type { Reload, Site } from "@callingcard/kit/api.ts";
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { X } from "lucide";
import { useRef } from "preact/hooks";

import { Page } from "../frame/page.tsx";
import { address, NEW_SITE } from "../router.ts";
import { Icon } from "../ui/icon.tsx";
import { useListKeys } from "../ui/list-keys.ts";
import { useLoad } from "../ui/load.ts";
import { usePolled } from "../ui/poll.ts";
import { Empty, problemFrom } from "../ui/states.tsx";
import { HealthMark, SourceBadge, Waiting } from "./parts.tsx";
import { PLATFORMS, readPlatforms, readSites, reloadSettings, SITES } from "./sites.ts";
import { hitRate, PROOF, reloadLines, sentences } from "./words.ts";

/** Every site. */
export function SitesPage() {
  const polled = usePolled(SITES, readSites);
  const { value: sites } = polled;
  const { value: platforms } = useLoad(PLATFORMS, readPlatforms);
  // Until the titles are there, nothing: a name that turns into another is read twice.
  const titleOf = (name: string): string =>
    platforms ? (platforms.find((platform) => platform.name === name)?.title ?? name) : "";
  const list = useRef<HTMLElement>(null);
  useListKeys(list);
  return (
    <Page
      title="Sites"
      action={
        sites &&
        sites.length > 0 && (
          <a class="button button-primary" href={NEW_SITE}>
            Add site
          </a>
        )
      }
    >
      <main class="content sites" ref={list}>
        <Waiting polled={polled} shape="table" />
        {sites && <Reloading onDone={polled.again} />}
        {sites?.length === 0 && <NoSites />}
        {sites && sites.length > 0 && <Table sites={sites} titleOf={titleOf} />}
      </main>
    </Page>
  );
}

/** The button that has the settings read again, and what came of it. */
function Reloading({ onDone }: { onDone: () => void }) {
  const busy = useSignal(false);
  const done = useSignal<Reload | null>(null);
  const problem = useSignal<Problem | null>(null);
  async function reload(): Promise<void> {
    busy.value = true;
    problem.value = null;
    done.value = null;
    try {
      done.value = await reloadSettings();
      onDone();
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <div class="reload">
      <p class="text-muted">What is changed in the settings file counts after a reload.</p>
      <button type="button" class="button" disabled={busy.value} onClick={() => void reload()}>
        {busy.value ? "Reloading" : "Reload"}
      </button>
      <div class="reload-said" role="status">
        {problem.value && <p class="form-error">{sentences(problem.value.message, problem.value.hint)}</p>}
        {done.value && (
          <div class="notice notice-row">
            <ul class="grow">
              {reloadLines(done.value).map((line) => (
                <li key={line.text} class={line.isProblem ? "text-danger" : ""}>
                  {line.text}
                </li>
              ))}
            </ul>
            <button
              type="button"
              class="icon-button"
              aria-label="Close"
              onClick={() => {
                done.value = null;
              }}
            >
              <Icon node={X} size={16} />
            </button>
          </div>
        )}
      </div>
    </div>
  );
}

const EXAMPLE = `[sites.shop]
platform = "hubspot"
origins = ["https://shop.example"]

[sites.shop.hubspot]
access_token = { env = "HUBSPOT_ACCESS_TOKEN" }

[sites.shop.jwt]
issuer = "shop"
keys = [ { kid = "2026-11", secret = { env = "SHOP_SECRET" } } ]`;

function NoSites() {
  return (
    <div class="no-sites">
      <Empty
        title="No sites yet"
        text="A site is a website whose visitors we vouch for, and the chat platform that is told. Write one into callingcard.toml and reload, or add it here."
      >
        <a class="button button-primary" href={NEW_SITE}>
          Add site
        </a>
      </Empty>
      <pre class="code" tabIndex={0} aria-label="A site in callingcard.toml">
        <code>{EXAMPLE}</code>
      </pre>
    </div>
  );
}

function Table({ sites, titleOf }: { sites: readonly Site[]; titleOf: (platform: string) => string }) {
  return (
    <table class="table sites-table">
      <thead>
        <tr>
          <th scope="col">Site</th>
          <th scope="col" class="wide-only">Pages at</th>
          <th scope="col" class="wide-only">Proof</th>
          <th scope="col">Health</th>
          <th scope="col" class="number">Tokens, 24 h</th>
          <th scope="col" class="number wide-only">From cache</th>
        </tr>
      </thead>
      {sites.map((site) => (
        <Row key={site.name} site={site} title={titleOf(site.platform)} />
      ))}
    </table>
  );
}

function Row({ site, title }: { site: Site; title: string }) {
  const trouble = troubleOf(site);
  return (
    <tbody class="site-rows">
      <tr class={trouble ? "has-note" : ""}>
        <td>
          <a class="row-link" data-row href={address("sites", site.name)} title={site.name}>
            {site.name}
          </a>
          <span class="under">
            <span>{title}</span> <SourceBadge source={site.source} />
          </span>
          {site.unverified === "mint" && <span class="under text-warning only-narrow">{MINT}</span>}
        </td>
        <td class="wide-only" title={site.origins.join("\n")}>
          {site.origins[0] ?? <span class="text-muted">None listed</span>}
          <span class="under">{site.origins.length > 1 && `and ${site.origins.length - 1} more`}</span>
        </td>
        <td class="wide-only">
          {PROOF[site.proof].name}
          <Unproved unverified={site.unverified} />
        </td>
        <td>
          <HealthMark health={site.health} />
        </td>
        <td class="number">{site.tokens.issued.toLocaleString()}</td>
        <td class="number wide-only">{hitRate(site) || <span class="text-muted">–</span>}</td>
      </tr>
      {trouble && (
        <tr class="note-row">
          <td colSpan={6}>{trouble}</td>
        </tr>
      )}
    </tbody>
  );
}

const MINT = "Any address gets a token";

/** What an unproved address is worth; where that is a token, it is a warning. */
function Unproved({ unverified }: { unverified: Site["unverified"] }) {
  if (unverified === "mint") return <span class="under text-warning">{MINT}</span>;
  return <span class="under">Unproved: {unverified === "refuse" ? "refused" : "anonymous"}</span>;
}

/** What is wrong with *site* and what to do, or "". */
function troubleOf(site: Site): string {
  const { state, message, remedy } = site.health;
  const told = state === "trouble" ? sentences(message, remedy) : "";
  if (!site.problem) return told;
  const newest = sentences(site.problem.message, site.problem.remedy);
  if (!site.served) return newest;
  return `Served as it was before: ${newest}${told && told !== newest ? ` ${told}` : ""}`;
}
