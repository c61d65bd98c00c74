import type { FindingResults, Results } from '../../model.ts'
import { plural } from '../../numbers.ts'
import { Limit, NotRun, Section } from '../parts.tsx'

type Finding = FindingResults['findings'][number]

/** The weaknesses, rule by rule, with what happened when each was tried. */
export function Findings({ results: { findings } }: { readonly results: Results }) {
  const lead =
    findings === null
      ? undefined
      : `Each was tried on a private copy with made-up rows, on SQLite ${findings.engineVersion}. What is accepted has its reason.`
  return (
    <Section id="findings" title="Weaknesses of the schema" lead={lead}>
      {findings === null ? (
        <NotRun what="Nobody looked for weaknesses: run findings." />
      ) : (
        <Rules findings={findings} />
      )}
      <Limit limitedTo={findings?.limitedTo} />
    </Section>
  )
}

function Rules({
  findings: { findings, untriedTables, unusedWaivers },
}: {
  readonly findings: FindingResults
}) {
  const codes = [...new Set(findings.map(({ code }) => code))]
  return (
    <>
      {findings.length === 0 ? <p class="note">None was found.</p> : null}
      {untriedTables.length === 0 ? null : (
        <p class="limit">
          No row could be made up for {untriedTables.join(', ')}: what needs rows was not tried there.
        </p>
      )}
      {unusedWaivers.map(({ code, objects }) => (
        <p key={code} class="bad">{`The waiver of ${code} (${objects.join(', ')}) waives nothing.`}</p>
      ))}
      <div class="groups">
        {codes.map((code) => (
          <Rule key={code} findings={findings.filter((finding) => finding.code === code)} />
        ))}
      </div>
    </>
  )
}

function Rule({ findings }: { readonly findings: readonly Finding[] }) {
  const [first] = findings
  if (first === undefined) return null
  const open = findings.filter(({ waived }) => waived === null).length
  return (
    <details open={open > 0}>
      <summary>
        <span class={`tag ${first.severity}`}>{first.severity}</span> <code>{first.code}</code>{' '}
        <span class="note">
          {open === 0 ? '' : `${open} open, `}
          {plural(findings.length - open, 'place')} accepted
        </span>
      </summary>
      <p>{first.reason}</p>
      <p class="note">
        Remedy: {first.remedy.replace(/\.$/, '')}. <Source url={first.source} />
      </p>
      <ul class="evidence">
        {findings.map(({ object, evidence, waived }) => (
          <li key={object}>
            <p>
              <code>{object}</code> {waived === null ? <span class="tag error">open</span> : null}
            </p>
            <dl>
              {evidence.map(({ ran, happened }) => (
                <div key={`${ran} ${happened}`}>
                  <dt>{ran}</dt>
                  <dd>{happened}</dd>
                </div>
              ))}
            </dl>
            {waived === null ? null : <p class="note">Accepted: {waived}</p>}
          </li>
        ))}
      </ul>
    </details>
  )
}

/** A link only where it leads to the web: results may come from anywhere. */
function Source({ url }: { readonly url: string }) {
  if (!/^https?:\/\//.test(url)) return <span>{url}</span>
  return (
    <a href={url} rel="noopener noreferrer">
      {url.replace(/^https?:\/\//, '')}
    </a>
  )
}
