import { judgedParts, type Results } from '../../model.ts'
import { isOpen, listProblems, type Problem } from '../../problems.ts'
import { formatDuration, partTitles, plural, summarisePart } from '../../words.ts'
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
  const problems = listProblems(results).filter(isOpen)
  const notRun = judgedParts.filter((name) => results[name] === null)
  const limited = judgedParts.filter((name) => results[name]?.limitedTo != null)
  const state = results.outcome === 'failed' ? 'failed' : notRun.length > 0 ? 'partly' : 'passed'
  return (
    <section id="verdict" class={`verdict ${state}`} aria-labelledby="verdict-title">
      <div class="banner">
        <span class="seal" aria-hidden="true" />
        <div>
          <h2 id="verdict-title">{titleOf(state, problems.length)}</h2>
          <p>{explain(results, notRun.length, limited.length)}</p>
        </div>
      </div>
      <ul class="tiles">
        {judgedParts.map((name) => {
          const part = results[name]
          const target = name === 'gate' && problems.length === 0 ? 'verdict' : sectionOf[name]
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

function titleOf(state: 'failed' | 'partly' | 'passed', problems: number): string {
  if (state === 'failed') return `${plural(problems, 'problem')} to mend`
  return state === 'passed' ? 'Every upgrade is proven' : 'All that was run is proven'
}

function explain({ history, upgrades }: Results, notRun: number, limited: number): string {
  const latest = history?.versions.at(-1)
  const parts = [
    latest === undefined ? '' : `The schema is at version ${latest.version}.`,
    upgrades === null ? '' : `Files of ${plural(upgrades.snapshots.length, 'older form')} were upgraded.`,
    notRun === 0 ? '' : `${plural(notRun, 'part')} ${notRun === 1 ? 'was' : 'were'} not run.`,
    limited === 0 ? '' : `${plural(limited, 'part')} ${limited === 1 ? 'was' : 'were'} run in part.`,
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
