import { describeSubject, isNew, type Location, type Problem } from '../problem.ts'
import type { Results, UpgradeResults } from './model.ts'
import { type JudgedPart, problemOrder } from './problems.ts'

/** A part of what was proven. */
type Part =
  | { readonly durationMilliseconds: number; readonly problems: readonly Problem[] }
  | Pick<UpgradeResults, 'snapshots'>

/** The parts that are reported, by their names; null where one was not run. */
export type JunitParts = Readonly<Record<string, Part | null>>

/** The parts of results that have problems. */
export function junitParts(results: Pick<Results, JudgedPart>): JunitParts {
  return Object.fromEntries(problemOrder.map((part) => [part, results[part]]))
}

/** One test of the report. */
interface Case {
  readonly name: string
  readonly milliseconds: number
  readonly problems: readonly Problem[]
  /** Why there was nothing to prove; null where there was. */
  readonly skipped: string | null
}

interface Group {
  readonly name: string
  readonly cases: readonly Case[]
}

/**
 * The results in the form of JUnit, as GitLab, Jenkins, Buildkite and CircleCI read it: a suite for each snapshot and each other
 * part, a test for each check or problem. What a waiver accepts, or the base has too, is skipped, with the reason.
 * See https://github.com/testmoapp/junitxml
 *
 * @param name of the database
 */
export function formatJunit(name: string, parts: JunitParts): string {
  const groups = Object.entries(parts).flatMap(([part, found]) => groupsOf(part, found))
  const cases = groups.flatMap((group) => group.cases)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escapeXml(name)}" ${countsOf(cases)}>`,
    ...groups.flatMap((group) => [
      `  <testsuite name="${escapeXml(group.name)}" ${countsOf(group.cases)}>`,
      ...group.cases.flatMap((one) => formatCase(`${name}.${group.name}`, one)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n')
}

function groupsOf(part: string, found: Part | null): Group[] {
  if (found === null) return [{ name: part, cases: [nothing(part, 'not run')] }]
  if ('snapshots' in found)
    return found.snapshots.map(({ snapshot, from, to, checks }) => ({
      name: `upgrade of ${snapshot}, v${from} to v${to}`,
      cases: checks.map(({ check, outcome, notCompared, problems, durationMilliseconds }) => ({
        name: check,
        milliseconds: durationMilliseconds,
        problems,
        skipped: outcome === 'not-applicable' ? (notCompared ?? 'nothing to compare') : null,
      })),
    }))
  const cases = found.problems.map((problem) => ({
    name: `${problem.code}: ${describeSubject(problem.subject)}`,
    milliseconds: 0,
    problems: isNew(problem) ? [problem] : [],
    skipped: isNew(problem) ? null : (problem.acceptedBecause ?? 'in the base too'),
  }))
  const passed = {
    name: `${part}: no problem`,
    milliseconds: found.durationMilliseconds,
    problems: [],
    skipped: null,
  }
  return [{ name: part, cases: cases.length === 0 ? [passed] : cases }]
}

function nothing(name: string, skipped: string): Case {
  return { name, milliseconds: 0, problems: [], skipped }
}

function countsOf(cases: readonly Case[]): string {
  const failures = cases.filter(({ problems }) => problems.length > 0).length
  const skipped = cases.filter(({ skipped: reason }) => reason !== null).length
  const milliseconds = cases.reduce((sum, one) => sum + one.milliseconds, 0)
  return `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}" time="${seconds(milliseconds)}"`
}

function formatCase(className: string, { name, milliseconds, problems, skipped }: Case): string[] {
  const [location = null] = problems.flatMap((problem) => problem.location ?? [])
  const attributes = `name="${escapeXml(name)}" classname="${escapeXml(className)}" time="${seconds(milliseconds)}"${attributesOf(location)}`
  if (problems.length === 0 && skipped === null) return [`    <testcase ${attributes}/>`]
  return [
    `    <testcase ${attributes}>`,
    ...(problems.length === 0 ? [`      <skipped message="${escapeXml(skipped ?? '')}"/>`] : []),
    ...formatFailure(problems),
    '    </testcase>',
  ]
}

/** A test has one failure: the readers show no more than the first. */
function formatFailure(problems: readonly Problem[]): string[] {
  const [first] = problems
  if (first === undefined) return []
  const message = `${describeSubject(first.subject)}: expected ${first.expected}, found ${first.actual}`
  const text = problems.map(describe).join('\n\n')
  return [
    `      <failure message="${escapeXml(message)}" type="${escapeXml(first.code)}">${escapeXml(text)}</failure>`,
  ]
}

function describe({ subject, expected, actual, why, fix, location }: Problem): string {
  const lines = [
    describeSubject(subject),
    `expected: ${expected}`,
    `actual: ${actual}`,
    ...(location === null
      ? []
      : [`where: ${location.file}${location.line === null ? '' : `:${location.line}`}`]),
    ...(why === '' ? [] : [`why: ${why}`]),
    ...(fix === '' ? [] : [`fix: ${fix}`]),
  ]
  return lines.join('\n')
}

function attributesOf(location: Location | null): string {
  if (location === null) return ''
  const line = location.line === null ? '' : ` line="${location.line}"`
  return ` file="${escapeXml(location.file)}"${line}`
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

/** Characters that no XML document may hold, and those that draw on a screen: https://www.w3.org/TR/xml/#charsets */
const refused = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/gu

/** A text for an attribute or an element: what XML cannot hold is shown as an escape, such as `\u{1b}`. */
function escapeXml(text: string): string {
  return text
    .replace(refused, (found) =>
      found in entities ? found : `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`,
    )
    .replace(/[&<>"\t\n\r]/g, (found) => entities[found] ?? found)
}
