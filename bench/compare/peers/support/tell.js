/** Says how a followed promise ended. */
export function tell(fate) {
  if (fate.state === "pending") return "still pending";
  if (fate.state === "resolved") return "resolved";
  return `rejected ("${fate.value?.message ?? fate.value}")`;
}
