import type { MutationResults, Results } from '../../model.ts'
import { formatCount } from '../../numbers.ts'
import { Limit, NotRun, Section, Table } from '../parts.tsx'

/** Which layer saw which planted faults. */
export function Kills({ results: { mutation } }: { readonly results: Results }) {
  const lead =
    'One fault at a time was planted in the migrations and the migrator. Each cell tells how many of them a layer saw by itself: the stronger the colour, the more.'
  return (
    <Section id="kills" title="Planted faults" lead={lead}>
      {mutation === null ? (
        <NotRun what="No fault was planted: run mutate." />
      ) : (
        <Matrix mutation={mutation} />
      )}
      <Limit limitedTo={mutation?.limitedTo} />
    </Section>
  )
}

function Matrix({ mutation }: { readonly mutation: MutationResults }) {
  const { operators, layers, mutants, survivors, behaviourRate, equivalents } = mutation
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
      <Table caption="How many mutants of each kind each layer killed" class="kills">
        <thead>
          <tr>
            <th scope="col">Fault</th>
            <th scope="col">Mutants</th>
            {layers.map(({ layer, keptBecause }) => (
              <th key={layer} scope="col" title={keptBecause}>
                {layer}
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
              {layers.map(({ layer }) => (
                <Cell key={layer} kills={kills[layer] ?? null} mutants={ofOperator} />
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">seen by no other layer</th>
            <td />
            {layers.map(({ layer, killedAlone }) => (
              <td key={layer} class="number">
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
