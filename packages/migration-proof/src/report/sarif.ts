import { createHash } from 'node:crypto'
import { keyOfFinding } from '../findings/finding.ts'
import { type Repository, readRepository } from '../package-folder.ts'
import { describeSubject, isNew, type Location, type Problem } from '../problem.ts'
import type { Results } from './model.ts'
import { pageOf } from './page-of.ts'
import { type JudgedPart, judgedParts, listByPart } from './problems.ts'

/** What of SARIF is written here: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
interface SarifLog {
  readonly $schema: string
  readonly version: '2.1.0'
  readonly runs: readonly object[]
}

const tool = 'migration-proof'
const sourceRoot = 'SRCROOT'

/**
 * The new problems as SARIF 2.1.0, for the annotations of a code host. Each is at the line of its statement, and
 * has a fingerprint that stays the same when lines move. What is accepted is left out: code hosts take no notice
 * of suppressions, and would show it as open.
 */
function makeSarif(results: Results, repository: Repository | null): SarifLog {
  const alerts = listAlerts(results)
  const rules = [...new Map(alerts.map((alert) => [ruleIdOf(alert), alert])).values()]
  const ruleIds = rules.map(ruleIdOf)
  const last = lastLocation(results)
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: tool,
            semanticVersion: results.packageVersion,
            ...(repository === null ? {} : { informationUri: pageIn(repository, 'README.md') }),
            rules: rules.map((rule) => describeRule(rule, repository)),
          },
        },
        automationDetails: { id: `${tool}/${results.suite}` },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [sourceRoot]: { description: { text: 'The folder of the project.' } } },
        invocations: [describeInvocation(results)],
        results: alerts.map((alert) => describeAlert(alert, ruleIds, last)),
      },
    ],
  }
}

/** @param repository that of this package, whose pages explain the rules; without it, they have no page but their source */
export function formatSarif(results: Results, repository: Repository | null = readRepository()): string {
  return `${JSON.stringify(makeSarif(results, repository), null, 2)}\n`
}

/** The page that explains the problems of a part, from the folder of the package. */
const pages: Readonly<Record<JudgedPart, string>> = {
  upgrades: 'docs/checks.md',
  findings: 'docs/findings.md',
  mutation: 'docs/mutation.md',
  crash: 'docs/power-loss.md',
  contracts: 'docs/checks.md',
  fuzz: 'docs/rows.md',
  gate: 'docs/ledger.md',
}

/** A page as it was when this version was released. */
function pageIn({ url, tag }: Repository, page: string): string {
  return `${url}/blob/${tag}/packages/${tool}/${page}`
}

/** One alert of a code host: a problem as it was seen once. */
interface Alert {
  readonly part: JudgedPart
  readonly problem: Problem
  /** What the fingerprint is made of. It never changes: open alerts are known by it. */
  readonly name: string
}

function listAlerts(results: Results): Alert[] {
  return listByPart(results).flatMap(({ part, problems }) =>
    problems
      .filter(isNew)
      .flatMap((problem) => namesOf(part, problem).map((name) => ({ part, problem, name }))),
  )
}

const foldersOfLedger: Readonly<Record<string, string>> = {
  migration: 'migrations',
  'golden schema': 'schemas',
  snapshot: 'snapshots',
}

function namesOf(part: JudgedPart, { subject, seenIn }: Problem): readonly string[] {
  const folder = foldersOfLedger[subject.type]
  if (part === 'upgrades') return seenIn.map((snapshot) => `${snapshot}: ${describeSubject(subject)}`)
  if (part === 'crash' || part === 'fuzz') return seenIn
  if (part === 'findings') return [keyOfFinding(subject)]
  return [part === 'gate' && folder !== undefined ? `${folder}/${subject.name}` : subject.name]
}

function ruleIdOf({ part, problem }: Alert): string {
  return `${part}/${problem.code}`
}

function describeRule(alert: Alert, repository: Repository | null) {
  const { code, why, fix, severity, source } = alert.problem
  const hasOwn = alert.part === 'upgrades' || alert.part === 'findings'
  const own = (hasOwn ? pageOf(code) : null) ?? pages[alert.part]
  const page = repository === null ? null : pageIn(repository, own)
  const help = page ?? (source !== null && isWebAddress(source) ? source : null)
  return {
    id: ruleIdOf(alert),
    shortDescription: { text: sentence(`${alert.part}: ${code.replaceAll('-', ' ')}`) },
    fullDescription: { text: sentence(why) },
    help: { text: sentence(fix) },
    ...(help === null ? {} : { helpUri: help }),
    defaultConfiguration: { level: severity },
  }
}

function describeAlert(alert: Alert, ruleIds: readonly string[], last: Location | null) {
  const { expected, actual, why, fix, severity, location } = alert.problem
  const ruleId = ruleIdOf(alert)
  const shown = location ?? last
  return {
    ruleId,
    ruleIndex: ruleIds.indexOf(ruleId),
    level: severity,
    message: {
      text: `${alert.name}: expected ${expected}, found ${sentence(actual)} ${sentence(why)} ${sentence(fix)}`,
    },
    locations: [
      {
        ...(shown === null ? {} : { physicalLocation: describeLocation(shown) }),
        logicalLocations: [{ fullyQualifiedName: alert.name }],
      },
    ],
    partialFingerprints: { 'problem/v1': fingerprint(alert) },
  }
}

function describeLocation({ file, line }: Location) {
  return {
    artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: sourceRoot },
    ...(line === null ? {} : { region: { startLine: line } }),
  }
}

/** Where the history ends: the location of what has none, because a code host accepts no result without one. */
function lastLocation({ history }: Results): Location | null {
  const statements = history?.versions.flatMap((version) => version.statements) ?? []
  const { file = null, line = null } = statements.findLast((statement) => statement.file !== null) ?? {}
  return file === null ? null : { file, line }
}

/** Neither lines nor what was measured: the same problem is the same after an edit elsewhere. */
function fingerprint({ part, problem: { code, location }, name }: Alert): string {
  return createHash('sha256')
    .update(JSON.stringify([part, code, name, location?.file ?? null]))
    .digest('hex')
    .slice(0, 32)
}

function describeInvocation(results: Results) {
  const { startedAt, durationMilliseconds } = results
  const notRun = judgedParts.filter((name) => results[name] === null)
  const limited = judgedParts.flatMap((name) => {
    const limitedTo = results[name]?.limitedTo ?? null
    return limitedTo === null ? [] : [`${name}: only ${limitedTo}`]
  })
  return {
    executionSuccessful: true,
    startTimeUtc: startedAt,
    endTimeUtc: new Date(Date.parse(startedAt) + durationMilliseconds).toISOString(),
    toolExecutionNotifications: [...notRun.map((name) => `${name}: not run`), ...limited].map((text) => ({
      level: 'note',
      message: { text: sentence(text) },
    })),
  }
}

/** Whether it is one in plain characters: SARIF accepts no other. */
function isWebAddress(text: string): boolean {
  return /^https?:\/\/[\w./#?=&~+-]+$/.test(text)
}

/** With a full stop at its end. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
