import { isFinding, keyOfFinding } from '../../../findings/finding.ts'
import { isNew, type Problem } from '../../../problem.ts'
import type { FindingResults, Results } from '../../model.ts'
import { Limit, NotRun, Section } from '../parts.tsx'

/** The weaknesses, rule by rule, with what happened when each was tried. */
export function Findings({ results: { findings } }: { readonly results: Results }) {
  const lead =
    findings === null
      ? undefined
      : `Each was tried on a private copy with synthetic rows, on SQLite ${findings.engineVersion}. What is accepted has its reason.`
  return (
    <Section id="findings" title="Weaknesses of the schema" lead={lead}>
      {findings === null ? (
        <NotRun what="The weaknesses were not looked for: run lint." />
      ) : (
        <Rules findings={findings} />
      )}
      <Limit limitedTo={findings?.limitedTo} />
    </Section>
  )
}

function Rules({ findings: { problems, untriedTables } }: { readonly findings: FindingResults }) {
  const findings = problems.filter(isFinding)
  const unused = problems.filter((problem) => !isFinding(problem))
  const codes = [...new Set(findings.map(({ code }) => code))]
  return (
    <>
      {findings.length === 0 ? <p class="note">None was found.</p> : null}
      {untriedTables.length === 0 ? null : (
        <p class="limit">
          No synthetic row is accepted by {untriedTables.join(', ')}: what needs rows was not tried there.
        </p>
      )}
      {unused.map(({ subject, expected }) => (
        <p
          key={subject.name}
          class="bad"
        >{`The waiver of ${subject.name} is not used: expected ${expected}.`}</p>
      ))}
      <div class="groups">
        {codes.map((code) => (
          <Rule key={code} findings={findings.filter((finding) => finding.code === code)} />
        ))}
      </div>
    </>
  )
}

function Rule({ findings }: { readonly findings: readonly Problem[] }) {
  const [first] = findings
  if (first === undefined) return null
  const open = findings.filter(isNew).length
  return (
    <details open={open > 0}>
      <summary>
        <span class={`tag ${first.severity}`}>{first.severity}</span> <code>{first.code}</code>{' '}
        <span class="note">
          {open === 0 ? '' : `${open} new, `}
          {findings.length - open} accepted
        </span>
      </summary>
      <p>{first.why}</p>
      <p class="note">
        Fix: {first.fix.replace(/\.$/, '')}. {first.source === null ? null : <Source url={first.source} />}
      </p>
      <ul class="evidence">
        {findings.map(({ subject, evidence, status, acceptedBecause }) => (
          <li key={keyOfFinding(subject)}>
            <p>
              <code>{keyOfFinding(subject)}</code>{' '}
              {status === 'new' ? <span class="tag error">new</span> : null}
            </p>
            <dl>
              {evidence.map(({ ran, happened }) => (
                <div key={`${ran} ${happened}`}>
                  <dt>{ran}</dt>
                  <dd>{happened}</dd>
                </div>
              ))}
            </dl>
            {acceptedBecause === null ? null : <p class="note">Accepted: {acceptedBecause}</p>}
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
