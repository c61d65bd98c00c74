import { describeEvidence } from '../../findings/finding.ts'
import { describeSubject, isNew, type Location, type Problem } from '../../problem.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { widthOn, wrapSentence } from './text.ts'

/**
 * Problems in full, as every command prints them.
 *
 * @param width how many characters a line may have; null where programs read the lines, such as those of a pipe
 */
export function renderProblems(
  problems: readonly Problem[],
  style: Style,
  width: number | null = widthOn(process.stdout),
): string {
  return problems.map((problem) => renderProblem(problem, style, width)).join('\n\n')
}

const labelColumns = 9

function renderProblem(problem: Problem, style: Style, width: number | null): string {
  const { code, subject, seenIn, alsoFoundBy, location, expected, actual, version } = problem
  const { why, fix, source, evidence } = problem
  const lines = [
    ['seen in', listSome(seenIn)],
    ['seen by', alsoFoundBy.length === 0 ? '' : [code, ...alsoFoundBy].join(', ')],
    ['where', location === null ? '' : describeLocation(location)],
    ['expected', expected],
    // What a finding found is its evidence, which follows.
    ['actual', actual === describeEvidence(evidence) ? '' : actual],
    ...evidence.map(({ ran, happened }) => ['tried', `${ran}: ${happened}`]),
    ['caused by', version === null ? '' : `migration v${version}`],
    ['why', why],
    ['fix', fix],
    ['see', source ?? ''],
  ].filter(([, text]) => text !== '')
  return [
    `${markOf(problem, style)} ${style('bold', printable(describeSubject(subject)))}: ${printable(code)}${statusOf(problem)}`,
    ...lines.flatMap(([label = '', text = '']) => renderField(label, printable(text), style, width)),
  ].join('\n')
}

function renderField(label: string, text: string, style: Style, width: number | null): string[] {
  const start = `    ${style('dim', label.padEnd(labelColumns))}  `
  if (width === null) return [`${start}${text}`]
  const besideLabel = 4 + labelColumns + 2
  // On a narrow terminal there is no room for two columns.
  const isNarrow = width < 60
  const indent = isNarrow ? 6 : besideLabel
  const lines = wrapSentence(text, width - indent).map((line) => `${' '.repeat(indent)}${line}`)
  if (isNarrow) return [`    ${style('dim', label)}`, ...lines]
  return [`${start}${lines[0]?.slice(indent) ?? ''}`, ...lines.slice(1)]
}

/** How many names one line lists. */
const listed = 12

function listSome(names: readonly string[]): string {
  const more = names.length - listed
  return more > 0 ? `${names.slice(0, listed).join(', ')}, and ${more} more` : names.join(', ')
}

function markOf(problem: Problem, style: Style): string {
  return isNew(problem) ? style('red', '✗') : style('dim', '–')
}

function statusOf({ status, acceptedBecause }: Problem): string {
  if (status === 'existing') return ', in the base too'
  return acceptedBecause === null ? '' : `, accepted: ${printable(acceptedBecause)}`
}

function describeLocation({ file, line }: Location): string {
  return line === null ? file : `${file}:${line}`
}
