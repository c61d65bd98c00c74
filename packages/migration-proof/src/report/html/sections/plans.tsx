import { countOf } from '../../../count.ts'
import type { ContractResults, Results } from '../../model.ts'
import { Limit, Mark, NotRun, Section } from '../parts.tsx'
import { Sql } from '../sql.tsx'

/** How SQLite runs each statement of the application. */
export function Plans({ results: { contracts } }: { readonly results: Results }) {
  const lead =
    contracts === null
      ? undefined
      : `Every statement that the application runs, as SQLite ${contracts.engineVersion} plans it on version ${contracts.version}.`
  return (
    <Section id="plans" title="Query plans" lead={lead}>
      {contracts === null ? (
        <NotRun what="No statement was planned, or none is declared." />
      ) : (
        <Groups contracts={contracts} />
      )}
      <Limit limitedTo={contracts?.limitedTo} />
    </Section>
  )
}

type Contract = ContractResults['contracts'][number]

function Groups({ contracts: { contracts, problems } }: { readonly contracts: ContractResults }) {
  const failures = new Map(problems.map(({ subject, actual }) => [subject.name, actual]))
  const tables = [...new Set(contracts.map(({ table }) => table))]
  return (
    <div class="groups">
      {tables.map((table) => {
        const own = contracts.filter((contract) => contract.table === table)
        const failed = own.filter(({ name }) => failures.has(name)).length
        const accepted = own.filter(({ name, reason }) => reason !== null && !failures.has(name)).length
        return (
          <details key={table} open={failed > 0}>
            <summary>
              <Mark outcome={failed === 0 ? 'passed' : 'failed'} /> <code>{table}</code>{' '}
              <span class="note">
                {countOf(own.length, 'statement')}
                {failed === 0 ? '' : `, ${failed} not served`}
                {accepted === 0 ? '' : `, ${accepted} with an accepted scan or sort`}
              </span>
            </summary>
            <ul class="contracts">
              {own.map((contract) => (
                <Statement
                  key={contract.name}
                  contract={contract}
                  failure={failures.get(contract.name) ?? null}
                />
              ))}
            </ul>
          </details>
        )
      })}
    </div>
  )
}

function Statement({
  contract: { name, sql, expected, reason, plan },
  failure,
}: {
  readonly contract: Contract
  readonly failure: string | null
}) {
  return (
    <li>
      <p>
        <Mark outcome={failure === null ? 'passed' : 'failed'} /> <strong>{name}</strong>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <pre tabIndex={0}>
        <Sql sql={sql} />
      </pre>
      <p class="plan">
        {plan.length === 0 ? <span class="chip">no look at any row</span> : null}
        {plan.map(({ table, access, index, covering, usesTransientIndex, usesTempBTree }, step) => (
          <span key={`${step} ${table}`} class={`chip ${access === 'scan' ? 'warn' : 'good'}`}>
            {`${access} ${table}`}
            {index === null ? '' : ` by ${index}`}
            {covering ? ', covering' : ''}
            {usesTransientIndex ? ', transient index' : ''}
            {usesTempBTree ? ', sorted' : ''}
          </span>
        ))}
      </p>
      {failure === null ? null : <p class="bad">{`Expected ${expected}; found ${failure}.`}</p>}
      {reason === null ? null : <p class="note">Accepted: {reason}</p>}
    </li>
  )
}
