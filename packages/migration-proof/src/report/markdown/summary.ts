import { judgedParts } from '../judged-parts.ts'
import type { Results } from '../model.ts'
import { formatCount, formatDuration } from '../numbers.ts'
import { isOpen, listProblems, type Problem } from '../problems.ts'
import { reachVerdict } from '../verdict.ts'
import { partTitles, summarisePart } from '../words.ts'
import { drawChanges } from './diagram.ts'
import { asCode, escapeMarkdown } from './escape.ts'
import {
  formatDifferences,
  formatKills,
  formatMatrix,
  formatProblems,
  formatTable,
  markOf,
} from './tables.ts'

/**
 * The most that a job summary may hold:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
 */
const mostBytes = 1024 * 1024

/** How many problems are told in full. */
const mostProblems = 50

/**
 * The results as a job summary in Markdown: what a reviewer must see first, then the rest, folded. Sections that
 * would make it longer than a code host takes are left out, and named.
 */
export function formatMarkdown(results: Results): string {
  const problems = listProblems(results).filter(isOpen)
  const head = [formatVerdict(results), formatParts(results), ...formatOpen(problems)]
  const sections = [...formatChange(results), ...formatRest(results)]
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

function formatOpen(problems: readonly Problem[]): string[] {
  if (problems.length === 0) return []
  const left = problems.length - mostProblems
  return [
    '### What must be mended',
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
  if (history === null || latest === undefined || latest.differences.length === 0) return []
  const diagram = drawChanges(history)
  const drawn = diagram === null ? [] : ['```mermaid', diagram, '```', '']
  const text = [...drawn, formatDifferences(latest)].join('\n')
  return [{ title: `What version ${latest.version} changes: ${escapeMarkdown(latest.name)}`, text }]
}

function formatRest(results: Results): Section[] {
  return [
    { title: 'Every snapshot by every check', text: formatMatrix(results) },
    { title: 'Which check kills which planted faults', text: formatKills(results) },
  ]
}

function withinLimit(head: readonly string[], sections: readonly Section[]): string[] {
  const parts = [...head]
  const leftOut: string[] = []
  let size = sizeOf(parts) + 1000
  for (const { title, text } of sections) {
    const section = `<details open>\n<summary><b>${title}</b></summary>\n\n${text}\n\n</details>`
    if (size + sizeOf([section]) > mostBytes) leftOut.push(title)
    else {
      parts.push(section)
      size += sizeOf([section])
    }
  }
  return leftOut.length === 0 ? parts : [...parts, `Left out, for its length: ${leftOut.join('; ')}.`]
}

function sizeOf(parts: readonly string[]): number {
  return Buffer.byteLength(parts.join('\n\n')) + 2
}
