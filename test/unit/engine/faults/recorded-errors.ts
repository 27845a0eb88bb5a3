// Error texts as people met them in the world, with where each is told in public, and what each has to become.

export type RecordedError = {
  code: string
  retryable: boolean
  text: string
  /** owner/repository#issue on GitHub, or the manual that has the text. */
  source: string
  inputPath?: string
  /** Words that the advice has to hold. */
  action?: RegExp
}

const launch = (reason: string) =>
  `waiting for EKS Node Group (payments:default) create: unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. last error: eks-default-1ac96815: AsgInstanceLaunchFailures: ${reason}`
const pools = 'spec.nodePools'
const credentials = 'spec.provider.aws.credentialsRef'

const launches: RecordedError[] = [
  {
    code: 'AWS.Quota.Instances',
    retryable: true,
    text: launch(
      'Could not launch On-Demand Instances. VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit of 8 allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit. Launching EC2 instance failed.',
    ),
    source: 'firesim/firesim#410',
    inputPath: pools,
    action: /quota/,
  },
  {
    code: 'AWS.Quota.Instances',
    retryable: true,
    text: launch(
      "You've reached your quota for maximum Fleet Requests for this account. Launching EC2 instance failed. * DUMMY_085e351a: NodeCreationFailure: Instances failed to join the kubernetes cluster",
    ),
    source: 'terraform-aws-modules/terraform-aws-eks#2149',
    inputPath: pools,
  },
  {
    code: 'AWS.Quota.Instances',
    retryable: true,
    text: launch('Max spot instance count exceeded. Launching EC2 instance failed.'),
    source: 'aws-deepracer-community/deepracer-on-the-spot#55',
    inputPath: pools,
  },
  {
    code: 'AWS.Kms',
    retryable: true,
    text: launch(
      'Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state',
    ),
    source: 'hashicorp/terraform-provider-aws#39904',
    action: /AWSServiceRoleForAutoScaling/,
  },
  {
    code: 'AWS.Kms',
    retryable: true,
    text: launch(
      'Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: Client.InternalError: Client error on launch',
    ),
    source: 'aws/containers-roadmap#2021',
  },
  {
    code: 'AWS.Kms',
    retryable: true,
    text: launch(
      'One or more of the attached Amazon EBS volumes are encrypted with an inaccessible AWS KMS key.',
    ),
    source: 'aws-samples/eks-workshop-v2#1542',
  },
  {
    code: 'AWS.InsufficientCapacity',
    retryable: true,
    text: launch(
      'Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity due to your request configuration. Please adjust your request and try again. Launching EC2 instance failed.',
    ),
    source: 'mludvig/aws-ethereum-miner#23',
    inputPath: pools,
  },
  {
    code: 'AWS.AccessDenied',
    retryable: true,
    text: launch(
      'Could not launch Spot Instances. AuthFailure.ServiceLinkedRoleCreationNotPermitted - The provided credentials do not have permission to create the service-linked role for EC2 Spot Instances.',
    ),
    source: 'LeanerCloud/AutoSpotting#187',
    inputPath: credentials,
    action: /iam:CreateServiceLinkedRole/,
  },
  {
    code: 'AWS.InvalidInstanceType',
    retryable: false,
    text: launch(
      'Could not launch Spot Instances. InvalidFleetConfiguration - Your requested instance type (p3.8xlarge) is not supported in your requested Availability Zone (us-east-2c). Launching EC2 instance failed.',
    ),
    source: 'mludvig/aws-ethereum-miner#23',
    inputPath: pools,
  },
  {
    code: 'AWS.SubnetFull',
    retryable: true,
    text: launch(
      'Could not launch On-Demand Instances. InsufficientFreeAddressesInSubnet - There are not enough free addresses in subnet subnet-1 to satisfy the requested number of instances. Launching EC2 instance failed.',
    ),
    source: 'AWS: Amazon EC2 API, error codes',
    inputPath: pools,
  },
  {
    code: 'AWS.PendingVerification',
    retryable: true,
    text: launch(
      'PendingVerification: Your request for accessing resources in this region is being validated, and you will not be able to launch additional resources in this region until the validation is complete. We will notify you by email once your request has been validated.',
    ),
    source: 'UA-TECH-POWER/DDoS_terraform_aws#5',
    action: /four hours/,
  },
  {
    code: 'AWS.AccountBlocked',
    retryable: true,
    text: 'operation error EC2: RunInstances, api error Blocked: This account is currently blocked and not recognized as a valid account. Please contact aws-verification@amazon.com if you have questions.',
    source: 'aws/amazon-sagemaker-examples#1858',
  },
  {
    code: 'AWS.NodeCreationFailure',
    retryable: true,
    text: "waiting for EKS Node Group (education-eks:node-group-1) to create: unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. last error: 1 error occurred: * i-074125f0baff11416, i-0a6752f739c51b1b7: NodeCreationFailure: Instances failed to join the kubernetes cluster",
    source: 'hashicorp-education/learn-terraform-provision-eks-cluster#86',
    inputPath: pools,
    action: /console output/,
  },
  {
    code: 'AWS.LaunchFailed',
    retryable: true,
    text: launch('Something that nobody has met yet. Launching EC2 instance failed.'),
    source: 'terraform-aws-modules/terraform-aws-eks#2149, the wrapper alone',
    inputPath: pools,
  },
]

const account: RecordedError[] = [
  {
    code: 'AWS.AccessDenied',
    retryable: true,
    text: 'creating EKS Node Group (x:default): operation error EKS: CreateNodegroup, InvalidRequestException: You are not authorized to launch instances with this launch template. Encoded authorization failure message: SAh2nDlM_rJs7hFuZ5hszTmXB0Cpmz2KENOOFaiMYyH7cyIdM',
    source: 'scylladb/scylla-cluster-tests#12172',
    inputPath: credentials,
    action: /decode-authorization-message/,
  },
  {
    code: 'ClockSkew',
    retryable: true,
    text: 'error calling sts:GetCallerIdentity: SignatureDoesNotMatch: Signature expired: 20200531T052050Z is now earlier than 20200531T052308Z (20200531T053808Z - 15 min.) status code: 403, request id: ',
    source: 'appsecco/breaking-and-pwning-apps-and-servers-aws-azure-training#14',
    action: /NTP/,
  },
  {
    code: 'ClockSkew',
    retryable: true,
    text: 'InvalidSignatureException: Signature not yet current: 20201002T065532Z is still later than 20201002T062118Z (20201002T061618Z + 5 min.)',
    source: 'JuliaCloud/AWS.jl#206',
  },
  {
    code: 'ClockSkew',
    retryable: true,
    text: 'api error RequestTimeTooSkewed: The difference between the request time and the current time is too large.',
    source: 'AWS: Amazon S3 API, error responses',
  },
  {
    code: 'CredentialsExpired',
    retryable: true,
    text: 'reading EKS Cluster (payments): operation error EKS: DescribeCluster, https response error StatusCode: 403, api error ExpiredTokenException: The security token included in the request is expired',
    source: 'hashicorp/terraform-provider-aws#32809',
    inputPath: credentials,
    action: /Renew the session/,
  },
  {
    code: 'CredentialsExpired',
    retryable: true,
    text: 'describing EC2 VPCs: operation error EC2: DescribeVpcs, https response error StatusCode: 400, api error RequestExpired: Request has expired.',
    source: 'AWS: Amazon EC2 API, error codes',
    inputPath: credentials,
  },
  {
    code: 'AWS.RegionNotEnabled',
    retryable: false,
    text: 'OptInRequired: You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe. status code: 401, request id: 1f2e3d4c',
    source: 'Appliscale/cloud-security-audit#24',
    inputPath: 'spec.provider.aws.region',
    action: /ap-east-1/,
  },
  {
    code: 'AWS.InvalidImage',
    retryable: false,
    text: 'Error launching source instance: OptInRequired: In order to use this AWS Marketplace product you need to accept terms and subscribe. To do so please visit http://aws.amazon.com/marketplace/pp?sku=7c9adzdml57i4rodhs6yn0ae9',
    source: 'kakkoyun/terraform-openvpn#1',
    inputPath: pools,
    action: /terms/,
  },
  {
    code: 'CredentialsInvalid',
    retryable: false,
    text: 'operation error STS: GetCallerIdentity, https response error StatusCode: 403, api error InvalidClientTokenId: The security token included in the request is invalid',
    source: 'hashicorp/terraform-provider-aws#12940, a region that is not enabled',
    inputPath: credentials,
    action: /enable the region ap-east-1/,
  },
  {
    code: 'AWS.AccessDenied',
    retryable: true,
    text: 'creating EFS Mount Target: operation error EFS: CreateMountTarget, https response error StatusCode: 403, api error AccessDeniedException: User is not authorized to perform that action on the specified resource',
    source: 'aws-samples/eks-workshop-v2#1106',
    inputPath: credentials,
    action: /aws-policy\.json/,
  },
]

const others: RecordedError[] = [
  {
    code: 'AWS.AddonRefused',
    retryable: true,
    text: "waiting for EKS Add-On (x:vpc-cni) create: unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. last error: : ConfigurationConflict: Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. Conflicts: ServiceAccount aws-node - .metadata.labels.app.kubernetes.io/version",
    source: 'terraform-aws-modules/terraform-aws-eks#2829',
  },
  {
    code: 'AWS.InvalidTags',
    retryable: false,
    text: 'creating IAM Role (x): operation error IAM: CreateRole, InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    source: 'github-aws-runners/terraform-aws-github-runner#1346',
    inputPath: 'spec.provider.aws.tags',
  },
  {
    code: 'AWS.InvalidTags',
    retryable: false,
    text: 'DuplicateTagKeys: Duplicate Tag Keys found in the request. Tag keys should be unique. status code: 400',
    source: 'ernestio/ernest#237',
    inputPath: 'spec.provider.aws.tags',
  },
  {
    code: 'AWS.InvalidTags',
    retryable: false,
    text: "creating EC2 VPC: api error InvalidTagKey.Malformed: Tag key was either too long or used characters that are not allowed: 'x'",
    source: 'AWS: Amazon EC2 API, error codes',
    inputPath: 'spec.provider.aws.tags',
  },
  {
    code: 'AlreadyExists',
    retryable: true,
    text: 'creating EC2 Launch Template (x): operation error EC2: CreateLaunchTemplate, api error InvalidLaunchTemplateName.AlreadyExistsException: Launch template name already in use.',
    source: 'AWS: Amazon EC2 API, error codes',
  },
  {
    code: 'AlreadyExists',
    retryable: true,
    text: 'creating EKS Cluster (x): operation error EKS: CreateCluster, ResourceInUseException: Cluster already exists with name: x',
    source: 'AWS: Amazon EKS API, CreateCluster',
  },
  {
    code: 'InvalidInput',
    retryable: false,
    text: 'error creating EKS Cluster (x): InvalidParameterException: Subnets specified must be in at least two different AZs\n    status code: 400',
    source: 'pulumi/pulumi-eks#311',
    inputPath: 'spec.nodePools',
  },
  {
    code: 'AWS.VersionMismatch',
    retryable: false,
    text: 'operation error EKS: UpdateClusterVersion, InvalidParameterException: Unsupported Kubernetes minor version update from 1.36 to 1.35',
    source: 'rancher/rancher#43316',
    inputPath: 'spec.kubernetesVersion',
    action: /runs 1\.36: set spec\.kubernetesVersion to 1\.36/,
  },
  {
    code: 'AWS.VersionMismatch',
    retryable: false,
    text: 'Unsupported Kubernetes minor version update from 1.34 to 1.36.',
    source: 'terraform-aws-modules/terraform-aws-eks#2607',
    inputPath: 'spec.kubernetesVersion',
    action: /runs 1\.34/,
  },
  {
    code: 'AWS.DeletionRefused',
    retryable: true,
    text: 'deleting EKS Node Group (x:default): operation error EKS: DeleteNodegroup, https response error StatusCode: 400, InvalidRequestException: The request is not taken',
    source: 'AWS: Amazon EKS API, DeleteNodegroup',
  },
  {
    code: 'Unreachable',
    retryable: true,
    text: 'configured Kubernetes cluster is unreachable: unable to load schema information from the API server: the server has asked for the client to provide credentials',
    source: 'keras-team/kinetic#285',
  },
  {
    code: 'Unreachable',
    retryable: true,
    text: 'unable to load schema information from the API server: Get https://35.227.186.103/openapi/v2?timeout=32s: net/http: TLS handshake timeout',
    source: 'pulumi/pulumi-kubernetes#881',
  },
  {
    code: 'Unreachable',
    retryable: true,
    text: 'Preview failed: failed to read resource state due to unreachable cluster. If the cluster has been deleted, you can edit the pulumi state to remove this resource or retry with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to true.',
    source: 'pulumi/pulumi-kubernetes#2463',
  },
  {
    code: 'InvalidInput',
    retryable: false,
    text: 'resource "urn:pulumi:s::cratekube::kubernetes:core/v1:ConfigMap::autofs-maps" was not successfully created by the Kubernetes API server: ConfigMap "autofs-maps" is invalid: []: Too long: may not be more than 1048576 bytes',
    source: 'the kubernetes plugin, seen in test/integration/sandbox/providers/kubernetes.test.ts',
    inputPath: 'spec.autofs.maps',
  },
  {
    code: 'StateUnavailable',
    retryable: true,
    text: '/state/.pulumi/stacks/cratekube/x.json cannot be written: ENOSPC: no space left on device, write',
    source: 'Node.js: common system errors',
    action: /room/,
  },
  {
    code: 'StateUnavailable',
    retryable: true,
    text: 'EROFS: read-only file system, open "/state/.pulumi/locks/x"',
    source: 'Node.js: common system errors',
  },
  {
    code: 'StateUnavailable',
    retryable: true,
    text: "EACCES: permission denied, mkdir '/state/.pulumi'",
    source: 'Node.js: common system errors',
  },
  {
    code: 'StateUnavailable',
    retryable: true,
    text: 'post-step event returned an error: failed to save snapshot: failed to load checkpoint: blob (code=Unknown): ExpiredToken: The provided token has expired.',
    source: 'pulumi/pulumi#2801',
  },
  {
    code: 'StateUnavailable',
    retryable: true,
    text: 'error: failed to save snapshot: open /state/.pulumi/stacks/cratekube/x.json: read-only file system',
    source: 'the words of Go for EROFS',
  },
  {
    code: 'WrongPassphrase',
    retryable: false,
    text: 'error: could not deserialize deployment: failed to decrypt: incorrect passphrase, please set PULUMI_CONFIG_PASSPHRASE to the correct passphrase',
    source: 'Pulumi CLI 3.260, seen in test/integration/engine/sealed-stacks.test.ts',
  },
  {
    code: 'StateDamaged',
    retryable: false,
    text: 'error: could not deserialize deployment: unexpected end of JSON input',
    source: 'pulumi/pulumi#6060',
    action: /backup/,
  },
  {
    code: 'StateDamaged',
    retryable: false,
    text: 'error: The Pulumi CLI encountered a snapshot integrity error. This is a bug!',
    source: 'pulumi/pulumi#17554',
  },
]

export const recordedErrors: readonly RecordedError[] = [...launches, ...account, ...others]
