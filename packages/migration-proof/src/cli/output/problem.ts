import { describeEvidence } from '../../findings/finding.ts'
import { describeSubject, isNew, type Location, type Problem } from '../../problem.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'

/** Problems in full, as every command prints them. */
export function renderProblems(problems: readonly Problem[], style: Style): string {
  return problems.map((problem) => renderProblem(problem, style)).join('\n\n')
}

function renderProblem(problem: Problem, style: Style): string {
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
    ...lines.map(([label = '', text = '']) => `    ${style('dim', label.padEnd(9))}  ${printable(text)}`),
  ].join('\n')
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
