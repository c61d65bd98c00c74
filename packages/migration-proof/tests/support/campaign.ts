/** Whether the nightly campaign runs. */
export const isCampaign = process.env.CAMPAIGN !== undefined

/** All cases in the nightly campaign, and in the suite those that are named. */
export function casesOf<Case>(
  all: readonly Case[],
  nameOf: (each: Case) => string,
  inSuite: readonly string[],
) {
  return isCampaign ? all : all.filter((each) => inSuite.includes(nameOf(each)))
}
