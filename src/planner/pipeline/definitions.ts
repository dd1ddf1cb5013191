/** The parts of a delivery over what a workspace already has: what each is called, and the tasks that it means. */
import { backupTasks, codeBuildTasks, e2eTasks, installTasks, lintTasks, migrateTasks, testTasks } from './code.ts';
import {
  cleanupTasks,
  clusterTasks,
  loadTasks,
  modelTasks,
  platformTasks,
  tektonTasks,
  watchTasks,
} from './cluster.ts';
import { deployTasks, pulumiWith, renderTasks } from './deploy.ts';
import { buildTasks, pushTasks, scanTasks } from './images.ts';
import { infraApply, infraDestroy, infraPlan, moduleDir } from './infra.ts';
import { publishTasks, uploadTasks } from './packages.ts';
import type { Definition, PartContext } from './parts.ts';
import { annotateTasks, fluxTasks, jaegerTasks, lokiTasks, sbomTasks, signTasks } from './tools.ts';
import { dastTasks, gateTasks, notifyTasks, policyTasks, smokeTasks } from './verify.ts';

/** Where a Pulumi project lies. */
const pulumiFolder = (c: PartContext): string | undefined =>
  c.facts.files.find((f) => f.endsWith('/Pulumi.yaml'))?.replace(/\/Pulumi\.yaml$/, '');

/** In the order in which a delivery does them where the text does not say. */
export const DEFINITIONS: readonly Definition[] = [
  { id: 'install', words: /\b(?:install|restore|fetch|download) (?:the |all |its )*(?:dependenc\w+|requirements|packages|modules)\b|(?:^|[:,]\s*)restore(?=,)/i, tasks: installTasks },
  { id: 'lint', words: /\blint(?:s|ed|ing|er)?\b|\b(?:type|style|format(?:ting)?)[- ]?check\w*|\bstatic analysis\b/i, tasks: lintTasks },
  { id: 'test', words: /\b(?:(?:run|execute)s? (?:the |all |its |our )?(?:unit |integration )?tests?|unit[- ]tests?|integration tests?|(?<!smoke )(?<!helm )tests? (?:first|pass|it|them|the code|with|for)|^tests?\b|[,:] tests?\b|(?:then|and) tests?\b(?! (?:environment|stage|namespace|cluster))|(?<!smoke[ -])(?<!load )(?<!health )(?<!to )\btests?(?=,| and| ->| then|$))/i, tasks: testTasks },
  { id: 'policy', words: /\b(?:opa|conftest|policy check|check (?:the )?polic|polic(?:y|ies)(?=[ ./,]))\b/i, tasks: policyTasks },
  { id: 'policy', words: /\b(?:check|checks|verify|make sure|see)\b[^.;,]{0,24}\b(?:charts?|templates?)\b[^.;,]{0,12}\brenders?\b|\brender(?:s|ing)? the (?:charts?|templates?)\b|\bhelm template\b/i, tasks: renderTasks },
  { id: 'iac-scan', words: /\bcheckov\b|\bscan (?:the )?(?:iac|infrastructure|terraform|tofu|modules?)\b/i, tasks: (c) => [{ task: 'scan_iac', type: 'checkov', description: 'Look for insecure settings.', timeout: '10m', with: { path: c.facts.modules.length > 0 ? moduleDir(c) : (pulumiFolder(c) ?? '.') } }] },
  { id: 'cluster', words: /\b(?:create|start|spin(?:s|ning)? up|bring up|make|on|in|into|use) (?:an? |the )?(?:local |fresh |new |temporary |throw-?away )*(?:kind|k3s)(?: cluster)?\b/i, tasks: clusterTasks },
  { id: 'code-build', words: /\b(?:buil[dt]|compile|restore, build)\b(?=, (?:run |unit )?tests?)|\bcompil(?:e|es|ing)\b|\b(?:release|production) build\b|\bbuil(?:d|ds|t|ding) (?:the |a |an |its )?(?:release |production |static |optimi[sz]ed )?(?:wheels?|sdist|package|jar|war|binar(?:y|ies)|distribution|assets|bundle)\b/i, tasks: codeBuildTasks },
  { id: 'build', words: /\b(?:docker|podman|buildah) build\b|\bbuil(?:d|ds|t|ding)\b|\bcontaineri[sz]e|\bmulti-?(?:arch|platform)\b|\bpublish (?:the |a |its )?(?:docker |container )?(?:image|container)\b|\b(?:docker |container )image (?:of|for) (?:this|the|our)\b/i, tasks: buildTasks },
  { id: 'infra-plan', words: /\b(?:tofu|opentofu|terraform)\b(?! fmt)|\binfrastructure\b|\binfra\b|\bprovision\w*/i, tasks: infraPlan },
  { id: 'infra-plan', words: /\bpulumi\b[^.;]*\bpreviews?\b|\bpreviews?\b[^.;]*\bpulumi\b/i, tasks: (c) => [{ task: 'preview', type: 'pulumi', description: 'Show what would change.', timeout: '15m', with: { ...pulumiWith(c), action: 'preview' } }] },
  { id: 'scan', words: /\btrivy\b|\b(?:scan|check)(?:s|ned|ning)?\b[^.;,]{0,30}\b(?:images?|vulnerabilit\w+|cves?|it|them)\b|\bvulnerabilit\w+|\bscan\b(?! the (?:iac|infra|terraform))|\bsecurity (?:scan|check)\b/i, tasks: scanTasks },
  { id: 'push', words: /\bpush(?:es|ed|ing)?\b|\bpublish(?:es|ed|ing)? (?:the |it|them|a |its )?\s*(?:docker |container )?(?:images?|containers?|to (?:the |a )?registry)/i, tasks: pushTasks },
  { id: 'publish', words: /\bpublish(?:es|ed|ing)?\b[^.;]{0,50}?\b(?:pypi|npm(?:js)?|crates(?:\.io)?|maven central|nexus|artifactory|ruby ?gems|nuget)\b|\b(?:twine upload|npm publish|cargo publish|gem push|mvn deploy)\b/i, tasks: publishTasks },
  { id: 'upload', words: /\bs3:\/\/[\w./-]+|\baws s3 (?:sync|cp)\b|\binvalidat\w+\b[^.;]{0,24}\b(?:cloud ?front|cdn|distribution)\b/i, tasks: uploadTasks },
  { id: 'infra-apply', words: /\bappl(?:y|ies|ied)\b(?! (?:the )?(?:manifests|k8s))|\bprovision\w*|\b(?:create|set up|roll(?:s)? out) (?:the )?infra/i, tasks: infraApply },
  { id: 'infra-destroy', words: /\b(?:tofu|terraform|opentofu) destroy\b|\b(?:destroy|tear(?:ing)? down|remove) (?:all (?:of )?)?(?:the |our |this )?(?:whole )?(?:infra\w*|stack|environment|module)/i, tasks: infraDestroy },
  { id: 'load', words: /\bload(?:s|ed|ing)? (?:the |an? |its |our )?(?:docker |container )?(?:images?|it)\b[^.;,]*/i, tasks: loadTasks },
  { id: 'platform', words: /\b(?:install|set up|put|add)\w*\b[^.;]{0,24}\b(?:falco|istio|linkerd)\b/i, tasks: platformTasks },
  { id: 'backup', words: /\b(?:back ?up|dump) (?:of )?(?:the )?(?:database|db|data)\b|\b(?:make|take|do) (?:a )?(?:database )?back ?up\b|\bback ?up first\b/i, tasks: backupTasks },
  { id: 'migrate', words: /\b(?:database|db|schema)?[ -]?migrations?\b|\bmigrate (?:the )?(?:database|db|schema)\b/i, tasks: migrateTasks },
  { id: 'tekton', words: /\btekton\b/i, tasks: tektonTasks },
  { id: 'deploy', words: /\bdeploy(?:s|ed|ing|ment)?\b|\bhelm\b|\bkubectl\b|\brelease\b(?! build)|\binstall(?:s|ed|ing)? (?:(?:the|both|all|two|three|my|our|its|this|these) )*(?:[\w-]+ )?charts?\b|\binstall(?:s|ed|ing)? (?:it|them)\b(?= (?:in|into|to|on)\b)|\bargo ?cd\b|\bflux\b|\bpulumi\b|\bappl(?:y|ies) (?:the )?(?:manifests?|kustomization|k8s|overlays?|them\b)|\b(?:then|and) apply\b(?! (?:the |both |all )*(?:infra|tofu|terraform|modules?|plan))|\bappl(?:y|ies)\b[^.;]*\b(?:and|then|finally)\s+(?:the )?(?:manifests?|kustomization|overlays?)\b|\broll(?:s|ed|ing)? (?:(?:the|this|our|my) )?(?:(?:chart|release|it|version|manifests) )?out\b|\bship\b|\bpromote\b|\bgoes live\b|\bgo live\b|\bcompose (?:stack|up)\b|\b(?:bring|start|spin)s? (?:up )?(?:the |our |this |my )+(?:whole |docker )?(?:stack|compose)/i, tasks: (c) => deployTasks(c, undefined) },
  { id: 'sbom', words: /\bsboms?\b|\bsoftware bills? of materials?\b|\bsyft\b/i, tasks: sbomTasks },
  { id: 'sign', words: /\bcosign\b|\bsign(?:s|ed|ing)? (?:the |it\b|them\b|all |both |our |every )*(?:docker |container )?(?:images?)?(?=[\s,.;]|$)(?! off)/i, tasks: signTasks },
  { id: 'flux', words: /\bflux\b[^.;]*\breconcil\w*|\breconcil\w*[^.;]*\bflux\b|\bflux\b[^.;]*\b(?:suspend|resume)\w*/i, tasks: fluxTasks },
  { id: 'logs', words: /\blogql\b|\bloki\b(?= (?:query|says?|check|has|shows?|gate|that)|[^.;,]{0,40}\b(?:line|log|error|panic))|\b(?:logs?|lines?|quer\w+|check\w*)\b[^.;,]{0,30}\bloki\b/i, tasks: lokiTasks },
  { id: 'traces', words: /\bjaeger\b|\btraces? (?:of|for|in|without|have|has|with|show)\b/i, tasks: jaegerTasks },
  { id: 'annotate', words: /\bannotat\w*[^.;]*\bgrafana\b|\bgrafana\b[^.;]*\bannotat\w*/i, tasks: annotateTasks },
  { id: 'smoke', words: /\bsmoke[- ]?tests?\b|\bhealth ?-?checks?\b|\bhttp ?-?checks?\b|\b(?:check|verify|make sure|wait(?! for (?:me|my|an?|some\w+)\b)|until)\b[^;]{0,60}\b(?:answers?|responds?|is up|200|returns|reachable|is ok|ok\b)|\b(?:check|verify|wait for|probe)\s+https?:\/\/|\bverif(?:y|ies)\b|\b(?:ask|call|curl|request|hit|probe|get|fetch|query|open|ping)s?\s+https?:\/\/[^\s,;]+/i, tasks: smokeTasks },
  { id: 'gate', words: /\berror rate\b|\bprometheus (?:gate|query|says)\b|\bgate on\b|\bslo\b|\bin prometheus\b/i, tasks: gateTasks },
  { id: 'e2e', words: /\b(?:e2e|end[- ]to[- ]end)(?: tests?)?\b/i, tasks: e2eTasks },
  { id: 'dast', words: /\bzap\b|\bbaseline scan\b|\bdast\b/i, tasks: dastTasks },
  { id: 'watch', words: /\bfalco (?:events?|alerts?|findings?)\b|\bevents? (?:from|by|in) falco\b/i, tasks: watchTasks },
  { id: 'ask-model', words: /\bollama\b/i, tasks: modelTasks },
  { id: 'cleanup', words: /\b(?:delete|remove|destroy|tear down|clean up) (?:the |this |that )?(?:kind )?cluster\b[^.;,]*/i, tasks: cleanupTasks },
  { id: 'notify', words: /\bnotif(?:y|ies|ication)\w*|\bslack\b|\bmattermost\b|\b(?:message|post|word|note) (?:to|in|on) (?:the )?(?:ms |microsoft )?teams\b|\b(?:ms |microsoft )?teams (?:message|channel)\b|\btell (?:the |my |our )?(?:team|people|us|me)\b|\bwebhook\b/i, tasks: notifyTasks },
]; // prettier-ignore
