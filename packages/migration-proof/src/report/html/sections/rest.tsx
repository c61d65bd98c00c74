import { formatCount } from '../../../count.ts'
import type { Results } from '../../model.ts'
import { judgedParts } from '../../problems.ts'
import { formatDuration, partTitles } from '../../words.ts'
import { Head, Limit, Mark, NotRun, Section, Table } from '../parts.tsx'

/** On which engines the migrations were run. */
export function Engines({ results: { engines } }: { readonly results: Results }) {
  const lead =
    engines === null
      ? undefined
      : `From ${engines.source}, which the tests in containers write and keep true.`
  return (
    <Section id="engines" title="Engines and the oldest version that works" lead={lead}>
      {engines === null ? <NotRun what="Nothing is known of other engines." /> : null}
      {engines === null ? null : (
        <>
          <p class="chips">
            {engines.tried.map(({ sqlite, origin }) => (
              <span key={`${sqlite} ${origin}`} class="chip">
                <strong>{sqlite}</strong> {origin}
              </span>
            ))}
          </p>
          <Table caption="The oldest SQLite on which each migration works">
            <Head titles={['Migration', 'Oldest SQLite', 'What stops an older one']} />
            <tbody>
              {engines.minimum.map(({ migration, oldest, limit }) => (
                <tr key={migration}>
                  <th scope="row">{migration}</th>
                  <td>
                    <strong>{oldest}</strong>
                  </td>
                  <td>{limit}</td>
                </tr>
              ))}
            </tbody>
          </Table>
        </>
      )}
    </Section>
  )
}

/** Random rows against the models of the tables. */
export function Fuzz({ results: { fuzz } }: { readonly results: Results }) {
  const lead =
    fuzz === null
      ? undefined
      : `${formatCount(fuzz.rows)} random rows, right and wrong ones, were given to the tables of version ${fuzz.version}, and compared with what a model of each table says.`
  return (
    <Section id="fuzz" title="Random rows" lead={lead}>
      {fuzz === null ? <NotRun what="No random rows were tried." /> : null}
      {fuzz === null ? null : (
        <Table caption="Random rows by property">
          <Head titles={['Result', 'Property', 'Runs', 'Rows', 'Seed', 'Time', 'To try it again']} />
          <tbody>
            {fuzz.properties.map(({ name, outcome, runs, rows, seed, repeat, durationMilliseconds }) => (
              <tr key={name}>
                <td>
                  <Mark outcome={outcome} />
                </td>
                <th scope="row">{name}</th>
                <td class="number">{formatCount(runs)}</td>
                <td class="number">{formatCount(rows)}</td>
                <td class="number">{seed}</td>
                <td class="number">{formatDuration(durationMilliseconds)}</td>
                <td>
                  <code>{repeat}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      <Limit limitedTo={fuzz?.limitedTo} />
    </Section>
  )
}

const barWidth = 420

/** How long each part took. */
export function Durations({ results }: { readonly results: Results }) {
  const parts = judgedParts.flatMap((name) => {
    const part = results[name]
    return part === null ? [] : [{ name, milliseconds: part.durationMilliseconds }]
  })
  const most = Math.max(1, ...parts.map(({ milliseconds }) => milliseconds))
  return (
    <Section
      id="durations"
      title="How long it took"
      lead={`${formatDuration(results.durationMilliseconds)} in all.`}
    >
      <Table caption="How long each part took" class="durations">
        <tbody>
          {parts.map(({ name, milliseconds }) => (
            <tr key={name}>
              <th scope="row">{partTitles[name]}</th>
              <td class="number">{formatDuration(milliseconds)}</td>
              <td>
                <svg width={barWidth} height="12" aria-hidden="true" class="bar">
                  <rect
                    width={Math.max(2, Math.round((milliseconds / most) * barWidth))}
                    height="12"
                    rx="3"
                  />
                </svg>
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Section>
  )
}
