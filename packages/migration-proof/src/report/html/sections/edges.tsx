import type { Results } from '../../model.ts'
import { Head, NotRun, Section, Table } from '../parts.tsx'

/** What is deleted with a parent, and what by its age. */
export function Edges({ results: { history } }: { readonly results: Results }) {
  const lead = 'What happens to the children of a row that is deleted, and the index by which they are found.'
  return (
    <Section id="edges" title="Cascades and expiry" lead={lead}>
      {history === null ? <NotRun what="The versions were not read." /> : <Tables history={history} />}
    </Section>
  )
}

function Tables({ history: { edges, expiries } }: { readonly history: NonNullable<Results['history']> }) {
  return (
    <div class="pair">
      <div>
        <h3>Foreign keys</h3>
        {edges.length === 0 ? <p class="note">None.</p> : null}
        {edges.length === 0 ? null : (
          <Table caption="Foreign keys of the latest version">
            <Head titles={['Parent', 'Child', 'On delete', 'Children found by']} />
            <tbody>
              {edges.map(({ parent, parentColumns, child, columns, onDelete, onUpdate, index }) => (
                <tr key={`${child} ${columns.join()} ${parent}`}>
                  <td>
                    <code>{`${parent}.${parentColumns.join(', ')}`}</code>
                  </td>
                  <td>
                    <code>{`${child}.${columns.join(', ')}`}</code>
                  </td>
                  <td>
                    <span class={`chip ${onDelete === 'CASCADE' ? 'strong' : ''}`}>{onDelete}</span>
                    {onUpdate === 'NO ACTION' ? null : <span class="chip">{`update: ${onUpdate}`}</span>}
                  </td>
                  <td>
                    {index === null ? <span class="chip warn">reading every row</span> : <code>{index}</code>}
                  </td>
                </tr>
              ))}
            </tbody>
          </Table>
        )}
      </div>
      <div>
        <h3>Rows that expire</h3>
        {expiries.length === 0 ? <p class="note">None is declared.</p> : null}
        {expiries.length === 0 ? null : (
          <Table caption="Columns by which expired rows are purged">
            <Head titles={['Column', 'Purged by', 'NULL']} />
            <tbody>
              {expiries.map(({ table, column, index, exists, nullNeverExpires }) => (
                <tr key={`${table}.${column}`}>
                  <td>
                    <code>{`${table}.${column}`}</code>
                  </td>
                  <td>
                    {exists ? <code>{index}</code> : <span class="chip bad">{`${index} is missing`}</span>}
                  </td>
                  <td>{nullNeverExpires ? 'never expires' : ''}</td>
                </tr>
              ))}
            </tbody>
          </Table>
        )}
      </div>
    </div>
  )
}
