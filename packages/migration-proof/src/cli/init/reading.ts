import { join } from 'node:path'
import { quoteText } from '../../checks/rows/model.ts'
import { countOf } from '../../count.ts'
import { keyOfFinding } from '../../findings/finding.ts'
import { describeSubject, isNew, type Problem } from '../../problem.ts'
import { printable } from '../output/printable.ts'
import { findIgnored, wayTo } from './git.ts'
import { type CommandResult, type FreezeResult, isError, runForJson } from './run-commands.ts'

/** What a person reads after a project was set up, since no program can judge it. */
export interface Reading {
  /** Golden schemas and rows that were made from the migrations. */
  readonly drafted: readonly string[]
  /** Lines of drafts that name what a migration lost; they are not frozen until a person has decided. */
  readonly losses: FreezeResult['losses']
  /** What could not be drafted or frozen. */
  readonly problems: readonly Problem[]
  /** What `lint` found; null where it could not look. */
  readonly findings: readonly Problem[] | null
  /** Snapshots that git would leave out. */
  readonly ignored: readonly string[]
}

/** @param fixtures their folder; null where it was there before */
export async function findReading(
  project: string,
  fixtures: string | null,
  { drafted, losses, problems }: FreezeResult,
): Promise<Reading> {
  const { result } = await runForJson<CommandResult>(project, 'lint')
  const snapshots = fixtures === null ? [] : [join(fixtures, 'snapshots', 'v1.db')]
  return {
    drafted,
    losses,
    problems,
    findings: isError(result) ? null : result.problems.filter(isNew),
    ignored: snapshots.length === 0 ? [] : await findIgnored(project, snapshots),
  }
}

/** It, in a few lines. @param fixtures their folder; null where it was there before */
export function describeReading(
  { drafted, losses, problems, findings, ignored }: Reading,
  fixtures: string | null,
): string {
  const folder = fixtures === null ? '' : `${wayTo(fixtures)}/`
  const ofKind = (kind: string) => drafted.filter((fixture) => fixture.startsWith(`${kind}/`))
  const span = (all: readonly string[]) => {
    const [first = '', last = ''] = [all[0], all.at(-1)]
    return `${folder}${first}.sql${first === last ? '' : ` to ${last.replace(/^.*\//, '')}.sql`}`
  }
  const [schemas, rows] = [ofKind('schemas'), ofKind('rows')]
  const lines = [
    ...(schemas.length === 0
      ? []
      : [`${span(schemas)}: the schema that each version makes. Is it what the application needs?`]),
    ...(rows.length === 0 ? [] : [`${span(rows)}: synthetic rows. Do they look like those that users have?`]),
    ...losses.map(
      ({ fixture, lines: lost }) =>
        `${folder}${fixture}.sql waits for a decision: ${lost.join('; ')}. Correct the migration, or delete that line and the first ones, and freeze it.`,
    ),
    ...problems.map(({ subject, actual, fix }) => `${describeSubject(subject)}: ${actual}. ${sentence(fix)}`),
    ...ignored.map((path) => {
      const all = wayTo(path).replace(/[^/\\]+$/, '*.db')
      return `.gitignore leaves out ${all}, which must be committed: add the line !${all} to it.`
    }),
    ...describeFindings(findings),
  ]
  return lines.length === 0
    ? ''
    : ['To read, since no program can judge it:', ...lines.map((line) => `  - ${printable(line)}`)].join('\n')
}

/** Each finding by the code and the object by which a waiver accepts it. */
function describeFindings(findings: readonly Problem[] | null): string[] {
  if (findings === null) return ['lint ended with an error: run it by itself to see why.']
  if (findings.length === 0) return []
  const byCode = new Map<string, string[]>()
  for (const { code, subject } of findings)
    byCode.set(code, [...(byCode.get(code) ?? []), keyOfFinding(subject)])
  const list = [...byCode].map(([code, objects]) => `${code} (${objects.join('; ')})`).join(', ')
  return [
    `${countOf(findings.length, 'finding')} of \`npx migration-proof lint\`, each of which fails the workflow: ${list}. Correct what no release has yet.`,
  ]
}

/** The lines of a config that accept findings once a person has written the reasons; empty for none. */
export function describeWaivers(findings: readonly Problem[] | null): string {
  if (findings === null || findings.length === 0) return ''
  const codes = [...new Set(findings.map(({ code }) => code))]
  const waivers = codes.map((code) => {
    const objects = findings
      .filter((finding) => finding.code === code)
      .map(({ subject }) => quoteText(keyOfFinding(subject)))
    return `    { code: '${code}', objects: [${printable(objects.join(', '))}], reason: '…' },`
  })
  return [
    'A finding that is released and stays is accepted in the config, with a reason instead of …:',
    '',
    '  waivers: [',
    ...waivers,
    '  ],',
  ].join('\n')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`
}
