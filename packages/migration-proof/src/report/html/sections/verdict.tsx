import { countOf } from '../../../count.ts'
import { describeSubject } from '../../../problem.ts'
import { listNew, reachVerdict } from '../../markdown/summary.ts'
import type { Results } from '../../model.ts'
import type { ListedProblem } from '../../problems.ts'
import { judgedParts } from '../../problems.ts'
import { formatDuration, partTitles, summarisePart } from '../../words.ts'
import { Head, Mark, Section, Table } from '../parts.tsx'

/** The section about each part. */
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
  const hasProblems = listNew(results).length > 0
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
    upgrades === null ? '' : `Files of ${countOf(upgrades.snapshots.length, 'older form')} were upgraded.`,
    ...lacking.map((text) => `${text}.`),
  ]
  return parts.filter((text) => text !== '').join(' ')
}

/** What the change accepts and the base did not: the first thing to review. */
export function NewWaivers({ results: { gate } }: { readonly results: Results }) {
  const waivers = gate?.newWaivers ?? []
  if (waivers.length === 0) return null
  return (
    <Section
      id="waivers"
      title="Waivers that are new"
      lead="Each is no problem any more because of this reason."
    >
      <Table caption="The waivers that the base does not have">
        <Head titles={['Finding', 'Of', 'Why']} />
        <tbody>
          {waivers.map(({ code, objects, reason }) => (
            <tr key={`${code} ${objects.join()}`}>
              <td>
                <code>{code}</code>
              </td>
              <td>{objects.join(', ')}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Section>
  )
}

/** Each new problem in full. */
export function Problems({ results }: { readonly results: Results }) {
  const problems = listNew(results)
  if (problems.length === 0) return null
  return (
    <section id="problems" aria-labelledby="problems-title">
      <h2 id="problems-title">What must be fixed</h2>
      <ol class="problems">
        {problems.map((listed) => (
          <li
            key={JSON.stringify([
              listed.part,
              listed.problem.code,
              listed.problem.subject,
              listed.problem.actual,
            ])}
          >
            <ProblemCard listed={listed} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function ProblemCard({ listed: { part, problem } }: { readonly listed: ListedProblem }) {
  const { code, subject, location, expected, actual, why, fix, seenIn, alsoFoundBy } = problem
  return (
    <article class="problem">
      <h3>
        <code>{describeSubject(subject)}</code>
        <span class="tag">{[`${part}/${code}`, ...alsoFoundBy].join(', ')}</span>
      </h3>
      {location === null ? null : (
        <p class="place">{`${location.file}${location.line === null ? '' : `:${location.line}`}`}</p>
      )}
      <dl>
        {seenIn.length === 0 ? null : (
          <>
            <dt>Seen in</dt>
            <dd>{seenIn.join(', ')}</dd>
          </>
        )}
        <dt>Expected</dt>
        <dd>{expected}</dd>
        <dt>Actual</dt>
        <dd>{actual}</dd>
        <dt>Why it matters</dt>
        <dd>{why}</dd>
        <dt>Fix</dt>
        <dd>{fix}</dd>
      </dl>
    </article>
  )
}
