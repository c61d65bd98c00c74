import { describeObstacle, type Rollback } from '../../../checks/rollback.ts'
import type { Results } from '../../model.ts'
import { describeRollbacks, formatDuration } from '../../words.ts'
import { Limit, Mark, NotRun, Section, Table } from '../parts.tsx'

/** Every snapshot by every check. */
export function Matrix({ results: { upgrades } }: { readonly results: Results }) {
  const lead =
    'A private copy of every file that people still hold was upgraded. Each column is a file, each row what its upgrade must prove.'
  return (
    <Section id="matrix" title="Snapshots by checks" lead={lead}>
      {upgrades === null ? (
        <NotRun what="No upgrade was proven: run verify." />
      ) : (
        <Grid upgrades={upgrades} />
      )}
      <Rollbacks rollbacks={upgrades?.rollbacks ?? []} />
      <Limit limitedTo={upgrades?.limitedTo} />
    </Section>
  )
}

/** The verdicts, and all that stops the program of the version before. */
function Rollbacks({ rollbacks }: { readonly rollbacks: readonly Rollback[] }) {
  if (rollbacks.length === 0) return null
  const obstacles = rollbacks.flatMap(({ version, obstacles: found }) =>
    found.map((obstacle) => `v${version}: ${describeObstacle(obstacle)}`),
  )
  return (
    <>
      <p>{`Roll-back: ${describeRollbacks(rollbacks)}`}</p>
      {obstacles.length > 0 && (
        <ul>
          {obstacles.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
    </>
  )
}

function Grid({ upgrades }: { readonly upgrades: NonNullable<Results['upgrades']> }) {
  const { snapshots, checks } = upgrades
  const names = [...new Set(snapshots.flatMap((each) => each.checks.map(({ check }) => check)))]
  const proves = new Map([
    ['upgrade', 'arrives without an error'],
    ...checks.map(({ name, proves: text }) => [name, text] as const),
  ])
  return (
    <Table caption="The outcome of each check for each snapshot" class="matrix">
      <thead>
        <tr>
          <th scope="col">The upgraded database …</th>
          {snapshots.map(({ snapshot, from, to }) => (
            <th key={snapshot} scope="col">
              <span class="snapshot">{snapshot}</span>
              <span class="path">{`v${from} → v${to}`}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">
              <code>{name}</code> <span class="proves">{proves.get(name) ?? ''}</span>
            </th>
            {snapshots.map(({ snapshot, checks: results }) => {
              const result = results.find(({ check }) => check === name)
              return (
                <td
                  key={snapshot}
                  class={
                    result === undefined || result.outcome === 'not-applicable' ? 'none' : result.outcome
                  }
                >
                  <Mark
                    outcome={
                      result === undefined || result.outcome === 'not-applicable' ? null : result.outcome
                    }
                  />
                  <span class="time">
                    {result === undefined
                      ? 'not run'
                      : (result.notCompared ?? formatDuration(result.durationMilliseconds))}
                  </span>
                  {result === undefined || result.exceptions.length === 0 ? null : (
                    <span class="exceptions">{`but for ${result.exceptions.join(', ')}`}</span>
                  )}
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </Table>
  )
}
