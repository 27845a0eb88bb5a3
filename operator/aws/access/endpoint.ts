// What the endpoint of a cluster on EKS may be. A token that is sent to another place is a credential given away. Pure.

/** What it had to be; undefined when it is. */
export function expectedEksEndpoint(
  endpoint: string,
  { region, sandbox }: { region: string; sandbox: boolean },
): string | undefined {
  if (sandbox) return isHttps(endpoint) ? undefined : 'an https URL'
  return isOfEks(endpoint, region) ? undefined : `an endpoint of EKS in ${region}`
}

/** `https://<id>.<shard>.<region>.eks.amazonaws.com`, in China with `.cn`. */
function isOfEks(endpoint: string, region: string): boolean {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const tail = `.${region}.eks.${suffix}`
  return (
    endpoint.endsWith(tail) &&
    /^https:\/\/[0-9a-z]+(\.[0-9a-z]+)?$/i.test(endpoint.slice(0, -tail.length))
  )
}

/** By grammar: a URL is parsed more kindly than its readers look at it. */
const isHttps = (endpoint: string) =>
  /^https:\/\/([0-9a-z.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$/i.test(endpoint)
