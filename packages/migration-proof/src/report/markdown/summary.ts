import { countOf, formatCount } from '../../count.ts'
import { describeSubject, isNew } from '../../problem.ts'
import { foldName } from '../../sql/names.ts'
import type { History, HistoryTable, HistoryVersion, Results } from '../model.ts'
import { judgedParts, type ListedProblem, listProblems } from '../problems.ts'
import { describeRollbacks, formatDuration, partTitles, summarisePart } from '../words.ts'

/** How many columns of a table are drawn. */
const mostColumns = 12

/**
 * The tables that the latest version changed, with those that they refer to, as a Mermaid ER diagram. Null where no
 * table changed. Names are drawn as labels; what Mermaid takes as a word is made of them.
 */
function drawChanges({ versions }: History): string | null {
  const latest = versions.at(-1)
  if (latest === undefined) return null
  const changed = new Set(latest.differences.map(({ table }) => foldName(table)))
  const own = latest.tables.filter(({ name }) => changed.has(foldName(name)))
  if (own.length === 0) return null
  const parents = new Set(own.flatMap(({ foreignKeys }) => foreignKeys.map(({ parent }) => foldName(parent))))
  const around = latest.tables.filter(
    ({ name }) => parents.has(foldName(name)) && !changed.has(foldName(name)),
  )
  const ids = new Map([...own, ...around].map(({ name }, index) => [foldName(name), `t${index + 1}`]))
  return [
    'erDiagram',
    ...own.map((table) => drawTable(table, latest, ids)),
    ...around.map(({ name }) => `  ${ids.get(foldName(name))}["${escapeMermaid(name)}"]`),
    ...own.flatMap((table) => drawEdges(table, ids)),
  ].join('\n')
}

function drawTable(table: HistoryTable, { differences }: HistoryVersion, ids: ReadonlyMap<string, string>) {
  const isOfTable = (difference: HistoryVersion['differences'][number]) =>
    difference.type === 'table' && foldName(difference.name) === foldName(table.name)
  const isNew = differences.some(
    ({ aspect, ...each }) => aspect === 'existence' && isOfTable({ aspect, ...each }),
  )
  const references = new Set(table.foreignKeys.flatMap(({ columns }) => columns.map(foldName)))
  const columns = table.columns.slice(0, mostColumns).map(({ name, type, keyPosition }) => {
    const keys = [...(keyPosition > 0 ? ['PK'] : []), ...(references.has(foldName(name)) ? ['FK'] : [])]
    return `    ${[asMermaidWord(type || 'any'), asMermaidWord(name), keys.join(', ')].join(' ').trimEnd()}`
  })
  const left = table.columns.length - columns.length
  const more = left > 0 ? [`    and more_columns "${left}"`] : []
  const label = `${escapeMermaid(table.name)}${isNew ? ' (new)' : ' (changed)'}`
  return [`  ${ids.get(foldName(table.name))}["${label}"] {`, ...columns, ...more, '  }'].join('\n')
}

function drawEdges({ name, foreignKeys }: HistoryTable, ids: ReadonlyMap<string, string>): string[] {
  return foreignKeys.flatMap(({ parent, onDelete }) => {
    const parentId = ids.get(foldName(parent))
    if (parentId === undefined) return []
    return [`  ${parentId} ||--o{ ${ids.get(foldName(name))} : "on delete ${escapeMermaid(onDelete)}"`]
  })
}

/** Cells that are Markdown already, under titles that are too. */
function formatTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Each check by each snapshot. */
function formatMatrix({ upgrades }: Results): string {
  if (upgrades === null) return 'Not run.'
  const names = [...new Set(upgrades.snapshots.flatMap(({ checks }) => checks.map(({ check }) => check)))]
  const rows = names.map((name) => [
    escapeMarkdown(name),
    ...upgrades.snapshots.map(({ checks }) => {
      const result = checks.find(({ check }) => check === name)
      return result === undefined ? 'not run' : markOf(result.outcome)
    }),
  ])
  const matrix = formatTable(
    ['Check', ...upgrades.snapshots.map(({ snapshot }) => escapeMarkdown(snapshot))],
    rows,
  )
  const rollbacks = describeRollbacks(upgrades.rollbacks ?? [])
  return rollbacks === '' ? matrix : `${matrix}\n\nRoll-back: ${escapeMarkdown(rollbacks)}`
}

function markOf(outcome: 'passed' | 'failed' | 'not-applicable'): string {
  if (outcome === 'not-applicable') return '–'
  return outcome === 'passed' ? '✅' : '❌'
}

/** How much of each text of a problem is shown, in characters. */
const mostCharacters = 400

function formatProblems(problems: readonly ListedProblem[]): string {
  return problems
    .map(({ part, problem }) => {
      const { code, subject, location, expected, actual, why, fix, seenIn, alsoFoundBy } = problem
      const { file, line } = location ?? { file: null, line: null }
      const position = file === null ? '' : `, ${asCode(`${file}${line === null ? '' : `:${line}`}`)}`
      const seen = seenIn.length === 0 ? '' : `, in ${escapeMarkdown(clip(seenIn.join(', ')))}`
      return [
        `- ❌ **${escapeMarkdown([`${part}/${code}`, ...alsoFoundBy].join(', '))}**: ${asCode(clip(describeSubject(subject)))}${seen}${position}`,
        `  - expected ${escapeMarkdown(clip(expected))}`,
        `  - found ${escapeMarkdown(clip(actual))}`,
        `  - ${escapeMarkdown(clip(why))}`,
        `  - to fix it: ${asCode(clip(fix))}`,
      ].join('\n')
    })
    .join('\n')
}

function clip(text: string): string {
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}…`
}

const signs = { added: '🟢 added', removed: '🔴 removed', changed: '🟠 changed' } as const

function formatDifferences({ differences }: HistoryVersion): string {
  return formatTable(
    ['Object', 'What', 'Change', 'Before', 'After'],
    differences.map(({ type, name, aspect, kind, before, after }) => [
      `${type} ${asCode(name)}`,
      aspect === 'existence' ? 'the whole' : escapeMarkdown(aspect),
      signs[kind],
      escapeMarkdown(before),
      escapeMarkdown(after),
    ]),
  )
}

function formatKills({ mutation }: Results): string {
  if (mutation === null) return 'Not run.'
  const checks = mutation.checks.map(({ check }) => check)
  const rows = mutation.operators.map(({ operator, mutants, kills }) => [
    asCode(operator),
    formatCount(mutants),
    ...checks.map((check) => {
      const killed = kills[check] ?? null
      return killed === null ? '–' : formatCount(killed)
    }),
  ])
  return formatTable(['Fault', 'Mutants', ...checks.map(escapeMarkdown)], rows)
}

/**
 * The most that a job summary may hold:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
 */
const mostBytes = 1024 * 1024

/** How many problems are shown in full. */
const mostProblems = 50

/**
 * The results as a job summary in Markdown: what a reviewer must see first, then the rest, folded. Sections that
 * would make it longer than a code host takes are left out, and named.
 */
export function formatMarkdown(results: Results): string {
  const problems = listNew(results)
  const head = [formatVerdict(results), formatParts(results), ...formatOpen(problems)]
  const sections = [...formatWaivers(results), ...formatChange(results), ...formatRest(results)]
  return `${withinLimit(head, sections).join('\n\n')}\n`
}

const marks = { passed: '✅', partly: '⚪', failed: '❌' } as const

function formatVerdict(results: Results): string {
  const { suite, packageVersion, commit, durationMilliseconds } = results
  const { state, title, lacking } = reachVerdict(results)
  const from = commit === null ? '' : `, commit ${asCode(commit.slice(0, 12))}`
  return [
    `## ${[`${marks[state]} ${title}`, ...lacking].join(', ')}`,
    `${escapeMarkdown(suite)}, package ${escapeMarkdown(packageVersion)}${from}, in ${formatDuration(durationMilliseconds)}.`,
  ].join('\n\n')
}

function formatParts(results: Results): string {
  const rows = judgedParts.map((name) => {
    const part = results[name]
    const limit = part?.limitedTo == null ? '' : `; only ${part.limitedTo}`
    return [
      part === null ? '⚪' : markOf(part.outcome),
      partTitles[name],
      escapeMarkdown(`${summarisePart(results, name)}${limit}`),
      part === null ? '' : formatDuration(part.durationMilliseconds),
    ]
  })
  return formatTable(['', 'Part', 'Result', 'Time'], rows)
}

function formatOpen(problems: readonly ListedProblem[]): string[] {
  if (problems.length === 0) return []
  const left = problems.length - mostProblems
  return [
    '### What must be fixed',
    formatProblems(problems.slice(0, mostProblems)),
    ...(left > 0 ? [`And ${formatCount(left)} more: they are in the report.`] : []),
  ]
}

interface Section {
  readonly title: string
  readonly text: string
}

function formatChange({ history }: Results): Section[] {
  const latest = history?.versions.at(-1)
  if (history === null || latest === undefined) return []
  const { version, name, differences, dataChanges } = latest
  const diagram = drawChanges(history)
  const drawn = diagram === null ? [] : ['```mermaid', diagram, '```', '']
  const text = [...drawn, formatDifferences(latest)].join('\n')
  return [
    ...(differences.length === 0
      ? []
      : [{ title: `What version ${version} changes: ${escapeMarkdown(name)}`, text }]),
    ...(dataChanges.length === 0
      ? []
      : [
          {
            title: `What version ${version} changes of old rows on purpose`,
            text: formatDataChanges(latest),
          },
        ]),
  ]
}

function formatDataChanges({ dataChanges }: HistoryVersion): string {
  return formatTable(
    ['Table', 'Its rows', 'Why'],
    dataChanges.map(({ table, change, reason }) => [asCode(table), asCode(change), escapeMarkdown(reason)]),
  )
}

/** The first thing to review: what is no problem any more, because someone said so. */
function formatWaivers({ gate }: Results): Section[] {
  const waivers = gate?.newWaivers ?? []
  if (waivers.length === 0) return []
  const rows = waivers.map(({ code, objects, reason }) => [
    asCode(code),
    objects.map(asCode).join(', '),
    escapeMarkdown(reason),
  ])
  return [{ title: 'Waivers that are new', text: formatTable(['Finding', 'Of', 'Why'], rows) }]
}

function formatRest(results: Results): Section[] {
  return [
    { title: 'Every snapshot by every check', text: formatMatrix(results) },
    { title: 'Which check kills which injected faults', text: formatKills(results) },
  ]
}

function withinLimit(head: readonly string[], sections: readonly Section[]): string[] {
  const parts = [...head]
  const leftOut: string[] = []
  let size = byteLengthOf(parts) + 1000
  for (const { title, text } of sections) {
    const section = `<details open>\n<summary><b>${title}</b></summary>\n\n${text}\n\n</details>`
    if (size + byteLengthOf([section]) > mostBytes) leftOut.push(title)
    else {
      parts.push(section)
      size += byteLengthOf([section])
    }
  }
  return leftOut.length === 0 ? parts : [...parts, `Left out, for its length: ${leftOut.join('; ')}.`]
}

function byteLengthOf(parts: readonly string[]): number {
  return Buffer.byteLength(parts.join('\n\n')) + 2
}

/**
 * A text as it shows in Markdown: no name can become a link, an image, a heading, HTML or another cell, nor a mention of a person
 * or an issue, for which GitHub searches what is shown: an empty comment stands in between. Line breaks and characters that are
 * not seen become spaces.
 */
function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+\-.!|~^$:@=]/g, (character) => `&#${character.codePointAt(0)};`)
    .replace(/&#(?:35|64);/g, '$&<!-- -->')
}

/** A text as code. HTML, because in Markdown no escape works between backticks. */
function asCode(text: string): string {
  return `<code>${escapeMarkdown(text)}</code>`
}

/** A text as a label of Mermaid, between quotes: https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters */
function escapeMermaid(text: string): string {
  return oneLine(text).replace(/[^\p{L}\p{N}_ .,]/gu, (character) => `#${character.codePointAt(0)};`)
}

/** A name as Mermaid takes it for a type or an attribute: https://mermaid.js.org/syntax/entityRelationshipDiagram.html */
function asMermaidWord(text: string): string {
  const word = text.replace(/[^A-Za-z0-9_]/g, '_')
  return /^[A-Za-z]/.test(word) ? word : `x_${word}`
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trim()
}

/** The problems that fail the run. */
export function listNew(results: Results): ListedProblem[] {
  return listProblems(results).filter(({ problem }) => isNew(problem))
}

/** What the results say as a whole. */
export interface Verdict {
  /** `partly`: nothing failed, but a proof was not run, or only for a choice. */
  readonly state: 'passed' | 'partly' | 'failed'
  readonly title: string
  /** What was not run, or only in part; empty where all was. */
  readonly lacking: readonly string[]
}

/** The one verdict that every output for people shows. */
export function reachVerdict(results: Results): Verdict {
  const notRun = judgedParts.filter((name) => results[name] === null)
  const limited = judgedParts.filter((name) => results[name]?.limitedTo != null)
  const lacking = [
    ...(notRun.length === 0 ? [] : [`${countOf(notRun.length, 'part')} not run`]),
    ...(limited.length === 0 ? [] : [`${countOf(limited.length, 'part')} run for a choice only`]),
  ]
  if (results.outcome === 'failed') {
    return { state: 'failed', title: `${countOf(listNew(results).length, 'problem')} to fix`, lacking }
  }
  // The gate compares and proves nothing by itself: without it, what was proven is still proven.
  const isWhole = limited.length === 0 && notRun.every((name) => name === 'gate')
  const title = isWhole ? 'Every upgrade is proven' : 'All that was run is proven'
  return { state: isWhole ? 'passed' : 'partly', title, lacking }
}
