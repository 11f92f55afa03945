package main

import (
	"bufio"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/api/resource"
)

// readQuantities answers a line for each line: value, thousandths and canonical text, parted by tabs, or "error".
//
// The text is that of CanonicalizeBytes: String gives back what was written where that is nearly canonical. It is "?"
// where upstream itself reads it as another amount (it has no suffix beyond E, and leaves it out).
func readQuantities(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	writer := bufio.NewWriter(out)
	for lines.Scan() {
		quantity, err := resource.ParseQuantity(lines.Text())
		if err != nil {
			fmt.Fprintln(writer, "error")
			continue
		}
		number, suffix := quantity.CanonicalizeBytes(nil)
		text := string(number) + string(suffix)
		if again, err := resource.ParseQuantity(text); err != nil || again.Cmp(quantity) != 0 {
			text = "?"
		}
		fmt.Fprintf(writer, "%d\t%d\t%s\n", quantity.Value(), quantity.MilliValue(), text)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return writer.Flush()
}
