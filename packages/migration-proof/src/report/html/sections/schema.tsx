import { countOf } from '../../../count.ts'
import type { HistoryVersion, Results, SchemaChange } from '../../model.ts'
import { SchemaDiagram } from '../diagram.tsx'
import { Head, NotRun, Scroll, Section, Table } from '../parts.tsx'
import { Sql } from '../sql.tsx'

/** The schema of every version, with a slider. */
export function SchemaThroughVersions({ results: { history } }: { readonly results: Results }) {
  if (history === null) {
    return (
      <Section id="schema" title="The schema through the versions">
        <NotRun what="The versions were not read." />
      </Section>
    )
  }
  const { versions } = history
  const latest = versions.at(-1)
  const lead =
    'Move the slider, or use the arrow keys: green is what the version added, amber what it changed.'
  return (
    <Section id="schema" title="The schema through the versions" lead={lead}>
      <div class="slider">
        <label for="version">Version</label>
        <div class="track">
          <input
            id="version"
            type="range"
            min="0"
            max={versions.length - 1}
            value={versions.length - 1}
            step="1"
            list="version-ticks"
            aria-valuetext={latest === undefined ? '' : nameOf(latest)}
            aria-describedby="version-name"
          />
          <ol class="ticks" id="ticks">
            {versions.map((version, index) => (
              <li key={version.version} class={index === versions.length - 1 ? 'now' : ''}>
                <button type="button" data-index={index} data-name={nameOf(version)} tabIndex={-1}>
                  {`v${version.version}`}
                </button>
              </li>
            ))}
          </ol>
        </div>
        <output id="version-name" for="version">
          {versions.map((version, index) => (
            <span key={version.version} data-version={index} hidden={index !== versions.length - 1}>
              <strong>{nameOf(version)}</strong> {describeChange(version)}
            </span>
          ))}
        </output>
      </div>
      <Scroll label="Diagram of the tables" class="canvas">
        <SchemaDiagram history={history} />
      </Scroll>
      <p class="legend">
        <span class="key new">added in this version</span>
        <span class="key changed">changed in it</span>
        <span class="key ghost">not there</span>
        <span>◆ primary key</span>
        <span>↗ foreign key</span>
        <span>⌕ index</span>
        <span>? may be NULL</span>
      </p>
    </Section>
  )
}

function nameOf({ version, name }: HistoryVersion): string {
  return `v${version}, ${name}`
}

function describeChange({ differences, tables, dataChanges }: HistoryVersion): string {
  const count = (type: SchemaChange['type'], kind: SchemaChange['kind']) =>
    differences.filter((each) => each.type === type && each.kind === kind && each.aspect === 'existence')
      .length
  const added = (type: SchemaChange['type']) => count(type, 'added')
  const counts = [
    [count('table', 'removed'), 'removed table'],
    [added('table'), 'new table'],
    [added('index'), 'new index'],
    [added('view'), 'new view'],
    [added('trigger'), 'new trigger'],
    [
      differences.filter(
        ({ type, kind, aspect }) => aspect !== 'existence' || (kind === 'removed' && type !== 'table'),
      ).length,
      'other change',
    ],
    [dataChanges.length, 'declared change of rows'],
  ] as const
  const parts = counts.filter(([count]) => count > 0).map(([count, noun]) => pluralOf(count, noun))
  return `${parts.length === 0 ? 'nothing changed' : parts.join(', ')}; ${countOf(tables.length, 'table')} in all`
}

function pluralOf(count: number, noun: string): string {
  if (count === 1) return countOf(count, noun)
  if (noun === 'new index') return `${count} new indexes`
  return noun === 'declared change of rows' ? `${count} declared changes of rows` : countOf(count, noun)
}

/** What each migration changed, and the statements that did it. */
export function Migrations({ results: { history } }: { readonly results: Results }) {
  const versions = (history?.versions ?? []).filter(({ version }) => version > 0).toReversed()
  const lead = 'The newest first: the difference to the version before, and the statements that made it.'
  return (
    <Section id="migrations" title="Each migration" lead={lead}>
      {history === null ? <NotRun what="The versions were not read." /> : null}
      {versions.map((version, index) => (
        <details key={version.version} open={index === 0}>
          <summary>
            <span class="version">{`v${version.version}`}</span> <strong>{version.name}</strong>{' '}
            <span class="note">{describeChange(version)}</span>
          </summary>
          <Differences version={version} />
          <DataChanges version={version} />
          <Statements version={version} />
        </details>
      ))}
    </Section>
  )
}

const signs = { added: '+', removed: '−', changed: '±' } as const

function Differences({ version: { version, differences } }: { readonly version: HistoryVersion }) {
  if (differences.length === 0) return <p class="note">It changes nothing of the schema.</p>
  return (
    <Table caption={`What version ${version} changes`} class="differences">
      <Head titles={['Change', 'Object', 'What']} />
      <tbody>
        {differences.map(({ type, name, aspect, kind, before, after }) => (
          <tr key={`${type} ${name} ${aspect}`} class={kind}>
            <td>
              <span class="sign">{signs[kind]}</span> {kind}
            </td>
            <td>
              {type} <code>{name}</code>
            </td>
            <td>
              {aspect === 'existence' ? null : `${aspect}: `}
              {before === 'none' ? null : <del>{before}</del>} {after === 'none' ? null : <ins>{after}</ins>}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}

/** What the migration changes of old rows on purpose. */
function DataChanges({ version: { version, dataChanges } }: { readonly version: HistoryVersion }) {
  if (dataChanges.length === 0) return null
  return (
    <Table caption={`What version ${version} changes of old rows on purpose`} class="differences">
      <Head titles={['Table', 'Its rows', 'Why']} />
      <tbody>
        {dataChanges.map(({ table, change, reason }) => (
          <tr key={`${table} ${change}`} class="changed">
            <td>
              <code>{table}</code>
            </td>
            <td>{change}</td>
            <td>{reason}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}

function Statements({ version: { statements } }: { readonly version: HistoryVersion }) {
  return (
    <div class="statements">
      {statements.map(({ sql, file, line }, index) => (
        <figure key={`${index} ${sql}`}>
          <figcaption>{file === null ? 'statement' : `${file}${line === null ? '' : `:${line}`}`}</figcaption>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
          <pre tabIndex={0}>
            <Sql sql={sql} />
          </pre>
        </figure>
      ))}
    </div>
  )
}
