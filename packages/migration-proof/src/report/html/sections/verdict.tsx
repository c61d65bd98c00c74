import { judgedParts } from '../../judged-parts.ts'
import { reachVerdict } from '../../markdown/summary.ts'
import type { Results } from '../../model.ts'
import { formatDuration, plural } from '../../numbers.ts'
import { isOpen, listProblems, type Problem } from '../../problems.ts'
import { partTitles, summarisePart } from '../../words.ts'
import { Mark } from '../parts.tsx'

/** The sections that tell more of each part. */
const sectionOf = {
  upgrades: 'matrix',
  findings: 'findings',
  mutation: 'kills',
  crash: 'crash',
  contracts: 'plans',
  fuzz: 'fuzz',
  gate: 'problems',
} as const

/** What a reader with one minute must see. */
export function Verdict({ results }: { readonly results: Results }) {
  const { state, title, lacking } = reachVerdict(results)
  const hasProblems = listProblems(results).some(isOpen)
  return (
    <section id="verdict" class={`verdict ${state}`} aria-labelledby="verdict-title">
      <div class="banner">
        <span class="seal" aria-hidden="true" />
        <div>
          <h2 id="verdict-title">{title}</h2>
          <p>{explain(results, lacking)}</p>
        </div>
      </div>
      <ul class="tiles">
        {judgedParts.map((name) => {
          const part = results[name]
          const target = name === 'gate' && !hasProblems ? 'verdict' : sectionOf[name]
          return (
            <li key={name} class={part?.outcome ?? 'none'}>
              <a href={`#${target}`}>
                <span class="title">
                  <Mark outcome={part?.outcome ?? null} /> {partTitles[name]}
                </span>
                <span class="text">{summarisePart(results, name)}</span>
                <span class="time">
                  {part === null ? '' : formatDuration(part.durationMilliseconds)}
                  {part?.limitedTo == null ? '' : ', in part'}
                </span>
              </a>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function explain({ history, upgrades }: Results, lacking: readonly string[]): string {
  const latest = history?.versions.at(-1)
  const parts = [
    latest === undefined ? '' : `The schema is at version ${latest.version}.`,
    upgrades === null ? '' : `Files of ${plural(upgrades.snapshots.length, 'older form')} were upgraded.`,
    ...lacking.map((text) => `${text}.`),
  ]
  return parts.filter((text) => text !== '').join(' ')
}

/** Each open problem in full. */
export function Problems({ results }: { readonly results: Results }) {
  const problems = listProblems(results).filter(isOpen)
  if (problems.length === 0) return null
  return (
    <section id="problems" aria-labelledby="problems-title">
      <h2 id="problems-title">What must be mended</h2>
      <ol class="problems">
        {problems.map((problem) => (
          <li key={`${problem.part} ${problem.rule} ${problem.object}`}>
            <ProblemCard problem={problem} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function ProblemCard({ problem }: { readonly problem: Problem }) {
  const { part, rule, object, file, line, expected, actual, why, remedy } = problem
  return (
    <article class="problem">
      <h3>
        <code>{object}</code>
        <span class="tag">{`${part}/${rule}`}</span>
      </h3>
      {file === null ? null : <p class="place">{`${file}${line === null ? '' : `:${line}`}`}</p>}
      <dl>
        <dt>Expected</dt>
        <dd>{expected}</dd>
        <dt>Found</dt>
        <dd>{actual}</dd>
        <dt>Why it matters</dt>
        <dd>{why}</dd>
        <dt>What mends it</dt>
        <dd>
          <code>{remedy}</code>
        </dd>
      </dl>
    </article>
  )
}
