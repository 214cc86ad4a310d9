/** One site: how it is, what it has been doing, what the doctor says, and why a proof is refused. */
import type { SiteDetails } from "@callingcard/kit/api.ts";
import { ArrowLeft } from "lucide";

import { Page } from "../frame/page.tsx";
import { address, settingsAddress } from "../router.ts";
import { Icon } from "../ui/icon.tsx";
import { useLoad } from "../ui/load.ts";
import { usePolled } from "../ui/poll.ts";
import { Activity } from "./activity/activity.tsx";
import { Checkup } from "./checkup.tsx";
import { ProofDebugger } from "./debugger.tsx";
import { HealthMark, SourceBadge, Waiting } from "./parts.tsx";
import { PLATFORMS, readPlatforms, readSite, sitePath } from "./sites.ts";
import { hitRate, PROOF, sentences, UNVERIFIED } from "./words.ts";

/** Show the site *name*. */
export function SitePage({ name }: { name: string }) {
  const polled = usePolled(sitePath(name), readSite);
  const { value: site } = polled;
  const { value: platforms } = useLoad(PLATFORMS, readPlatforms);
  const title = platforms?.find((one) => one.name === site?.platform)?.title ?? site?.platform ?? "";
  return (
    <Page
      title="Site"
      tabTitle={name}
      action={
        site && (
          <a class="button button-primary" href={settingsAddress(name)}>
            Edit settings
          </a>
        )
      }
    >
      <main class="content site-page">
        <a class="back-link" href={address("sites")}>
          <Icon node={ArrowLeft} size={16} /> Sites
        </a>
        <Waiting polled={polled} shape="text" />
        {site && (
          <div class="sheet">
            <SiteCard site={site} title={title} />
            <div class="sheet-main site-main">
              <Activity name={name} platform={title} />
              <Checkup name={name} />
              <ProofDebugger name={name} proof={site.proof} />
            </div>
          </div>
        )}
      </main>
    </Page>
  );
}

function SiteCard({ site, title }: { site: SiteDetails; title: string }) {
  const { health, tokens } = site;
  const facts: [string, string][] = [
    ["Chat", title],
    ["Pages at", site.origins.join("\n") || "None listed"],
    ["Proof", PROOF[site.proof].name],
    ["Tokens, 24 h", tokens.issued.toLocaleString()],
    ["From the cache", hitRate(site) || "–"],
    ["Refused", tokens.refused.toLocaleString()],
  ];
  return (
    <section class="card site-card">
      <h2 class="card-name">{site.name}</h2>
      <p class="site-card-marks">
        <HealthMark health={health} />
        <SourceBadge source={site.source} />
      </p>
      {health.state === "trouble" && <p class="site-trouble">{sentences(health.message, health.remedy)}</p>}
      {site.problem && site.served && (
        <p class="site-trouble">
          Served as it was before. {sentences(site.problem.message, site.problem.remedy)}
        </p>
      )}
      <dl class="properties site-facts">
        {facts.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
        <div>
          <dt>Unproved</dt>
          <dd class={site.unverified === "mint" ? "text-warning" : ""}>
            {UNVERIFIED[site.unverified].name}
            {site.unverified === "mint" && `. ${UNVERIFIED.mint.help}`}
          </dd>
        </div>
      </dl>
    </section>
  );
}
