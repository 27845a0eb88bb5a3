// Why EKS gets no machine for a node group, in the words of EC2 Auto Scaling. EKS tells all of them by one code, its wrapper:
// https://docs.aws.amazon.com/eks/latest/APIReference/API_Issue.html (AsgInstanceLaunchFailures). Where each text was met:
// the issues of GitHub that are named, or the error codes of the EC2 API.
import type { Issue } from '../state.ts'

export const launchFailures = {
  // firesim/firesim#410
  vcpus:
    'Could not launch On-Demand Instances. VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit of 8 allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit. Launching EC2 instance failed.',
  // aws-deepracer-community/deepracer-on-the-spot#55
  spotCount: 'Max spot instance count exceeded. Launching EC2 instance failed.',
  // aws/containers-roadmap#2204
  capacity:
    'Could not launch On-Demand Instances. InsufficientInstanceCapacity - We currently do not have sufficient m6i.large capacity in zones with support for gp3 volumes. Launching EC2 instance failed.',
  // cortexlabs/cortex#1258
  spotCapacity:
    'Could not launch Spot Instances. InsufficientInstanceCapacity - There is no Spot capacity available that matches your request. Launching EC2 instance failed.',
  // mludvig/aws-ethereum-miner#23
  unfulfillable:
    'Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity due to your request configuration. Please adjust your request and try again. Launching EC2 instance failed.',
  // mludvig/aws-ethereum-miner#23
  machineOfAnotherZone:
    'Could not launch Spot Instances. InvalidFleetConfiguration - Your requested instance type (p3.8xlarge) is not supported in your requested Availability Zone (us-east-2c). Launching EC2 instance failed.',
  // hashicorp/terraform-provider-aws#39904
  key: 'Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state',
  // aws/containers-roadmap#2021
  keyPolicy:
    'Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: Client.InternalError: Client error on launch',
  // EC2 API, error codes
  addresses:
    'Could not launch On-Demand Instances. InsufficientFreeAddressesInSubnet - There are not enough free addresses in subnet subnet-1 to satisfy the requested number of instances. Launching EC2 instance failed.',
  // EC2 API, error codes
  image:
    "Could not launch On-Demand Instances. InvalidAMIID.NotFound - The image id '[ami-0123456789abcdef0]' does not exist. Launching EC2 instance failed.",
  // LeanerCloud/AutoSpotting#187
  spotRole:
    'Could not launch Spot Instances. AuthFailure.ServiceLinkedRoleCreationNotPermitted - The provided credentials do not have permission to create the service-linked role for EC2 Spot Instances.',
  // github-aws-runners/terraform-aws-github-runner#1987
  rights:
    'Could not launch On-Demand Instances. UnauthorizedOperation - You are not authorized to perform this operation. Encoded authorization failure message: 4GIOHlTkIaWHQD0Q0m6XSnuUMCm. Launching EC2 instance failed.',
  // UA-TECH-POWER/DDoS_terraform_aws#5
  verification:
    'PendingVerification: Your request for accessing resources in this region is being validated, and you will not be able to launch additional resources in this region until the validation is complete. We will notify you by email once your request has been validated.',
} as const

export type LaunchFailure = keyof typeof launchFailures

export const launchIssue = (cause: LaunchFailure, autoScalingGroup: string): Issue => ({
  code: 'AsgInstanceLaunchFailures',
  message: launchFailures[cause],
  resourceIds: [autoScalingGroup],
})
