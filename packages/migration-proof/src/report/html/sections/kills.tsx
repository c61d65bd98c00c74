import { formatCount } from '../../../count.ts'
import type { MutationResults, Results } from '../../model.ts'
import { Limit, NotRun, Section, Table } from '../parts.tsx'

/** Which check killed which injected faults. */
export function Kills({ results: { mutation } }: { readonly results: Results }) {
  const lead =
    'One fault at a time was injected into the migrations and the migrator. Each cell is the number of them that a check killed: the stronger the colour, the more.'
  return (
    <Section id="kills" title="Injected faults" lead={lead}>
      {mutation === null ? (
        <NotRun what="No fault was injected: run mutate." />
      ) : (
        <Matrix mutation={mutation} />
      )}
      <Limit limitedTo={mutation?.limitedTo} />
    </Section>
  )
}

function Matrix({ mutation }: { readonly mutation: MutationResults }) {
  const { operators, checks, mutants, problems, behaviourRate, equivalents } = mutation
  const survivors = problems.filter(({ code }) => code === 'mutant-survived')
  return (
    <>
      <dl class="figures">
        <Figure value={formatCount(mutants)} name="mutants" />
        <Figure value={formatCount(survivors.length)} name="survived" isBad={survivors.length > 0} />
        <Figure value={`${(behaviourRate * 100).toFixed(1)} %`} name="seen by behaviour alone" />
        <Figure
          value={formatCount(equivalents.flatMap((each) => each.mutants).length)}
          name="named as equivalent"
        />
      </dl>
      <Table caption="How many mutants of each kind each check killed" class="kills">
        <thead>
          <tr>
            <th scope="col">Fault</th>
            <th scope="col">Mutants</th>
            {checks.map(({ check, keptBecause }) => (
              <th key={check} scope="col" title={keptBecause}>
                {check}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {operators.map(({ operator, mutants: ofOperator, kills }) => (
            <tr key={operator}>
              <th scope="row">
                <code>{operator}</code>
              </th>
              <td class="number">{formatCount(ofOperator)}</td>
              {checks.map(({ check }) => (
                <Cell key={check} kills={kills[check] ?? null} mutants={ofOperator} />
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">seen by no other check</th>
            <td />
            {checks.map(({ check, killedAlone }) => (
              <td key={check} class="number">
                {formatCount(killedAlone.length)}
              </td>
            ))}
          </tr>
        </tfoot>
      </Table>
    </>
  )
}

function Cell({ kills, mutants }: { readonly kills: number | null; readonly mutants: number }) {
  if (kills === null) {
    return (
      <td class="heat untried">
        <span aria-hidden="true">–</span>
        <span class="hidden">not run</span>
      </td>
    )
  }
  const heat = mutants === 0 ? 0 : Math.ceil((kills / mutants) * 5)
  return <td class={`heat h${heat}`}>{formatCount(kills)}</td>
}

export function Figure(props: { readonly value: string; readonly name: string; readonly isBad?: boolean }) {
  return (
    <div class={props.isBad === true ? 'bad' : ''}>
      <dt>{props.name}</dt>
      <dd>{props.value}</dd>
    </div>
  )
}
