import { createHash } from 'node:crypto'
import { judgedParts } from './judged-parts.ts'
import type { Results } from './model.ts'
import type { Place } from './origins.ts'
import { isOpen, listProblems, type Problem } from './problems.ts'

/** What of SARIF is written here: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
interface SarifLog {
  readonly $schema: string
  readonly version: '2.1.0'
  readonly runs: readonly object[]
}

const tool = 'migration-proof'
const sourceRoot = 'SRCROOT'

/**
 * The open problems as SARIF 2.1.0, for the annotations of a code host. Each is at the line of its statement, and
 * has a fingerprint that stays the same when lines move. What is accepted is left out: code hosts take no notice
 * of suppressions, and would show it as open.
 */
function makeSarif(results: Results): SarifLog {
  const problems = listProblems(results).filter(isOpen)
  const rules = [...new Map(problems.map((problem) => [ruleIdOf(problem), problem])).values()]
  const ruleIds = rules.map(ruleIdOf)
  const last = lastPlace(results)
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: tool, semanticVersion: results.packageVersion, rules: rules.map(describeRule) },
        },
        automationDetails: { id: `${tool}/${results.suite}` },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [sourceRoot]: { description: { text: 'The folder of the project.' } } },
        invocations: [describeInvocation(results)],
        results: problems.map((problem) => describeProblem(problem, ruleIds, last)),
      },
    ],
  }
}

export function formatSarif(results: Results): string {
  return `${JSON.stringify(makeSarif(results), null, 2)}\n`
}

function ruleIdOf({ part, rule }: Problem): string {
  return `${part}/${rule}`
}

function describeRule(problem: Problem) {
  const { part, rule, why, remedy, level, source } = problem
  return {
    id: ruleIdOf(problem),
    shortDescription: { text: sentence(`${part}: ${rule.replaceAll('-', ' ')}`) },
    fullDescription: { text: sentence(why) },
    help: { text: sentence(remedy) },
    ...(source !== null && isWebAddress(source) ? { helpUri: source } : {}),
    defaultConfiguration: { level },
  }
}

function describeProblem(problem: Problem, ruleIds: readonly string[], last: Place) {
  const { object, expected, actual, why, remedy, level } = problem
  const ruleId = ruleIdOf(problem)
  const { file, line } = problem.file === null ? last : problem
  return {
    ruleId,
    ruleIndex: ruleIds.indexOf(ruleId),
    level,
    message: {
      text: `${object}: expected ${expected}, found ${sentence(actual)} ${sentence(why)} ${sentence(remedy)}`,
    },
    locations: [
      {
        ...(file === null ? {} : { physicalLocation: describePlace(file, line) }),
        logicalLocations: [{ fullyQualifiedName: object }],
      },
    ],
    partialFingerprints: { 'problem/v1': fingerprint(problem) },
  }
}

function describePlace(file: string, line: number | null) {
  return {
    artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: sourceRoot },
    ...(line === null ? {} : { region: { startLine: line } }),
  }
}

/** Where the history ends: the place of what has none of its own, because a code host takes no result without. */
function lastPlace({ history }: Results): Place {
  const statements = history?.versions.flatMap((version) => version.statements) ?? []
  return statements.findLast(({ file }) => file !== null) ?? { file: null, line: null }
}

/** Neither lines nor what was measured: the same problem is the same after an edit elsewhere. */
function fingerprint({ part, rule, object, file }: Problem): string {
  return createHash('sha256')
    .update(JSON.stringify([part, rule, object, file]))
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

/** Whether it is one in plain characters: SARIF takes no other. */
function isWebAddress(text: string): boolean {
  return /^https?:\/\/[\w./#?=&~+-]+$/.test(text)
}

/** With a full stop at its end. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
