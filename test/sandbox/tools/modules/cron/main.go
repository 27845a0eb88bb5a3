// cron-times says when cron expressions come, by the package that the CronJob controller of Kubernetes has: a list of
// questions as JSON comes in, a list of answers goes out. A question that is refused, or breaks the package, has null.
package main

import (
	"encoding/json"
	"log"
	"os"
	"time"
	_ "time/tzdata"

	"github.com/robfig/cron/v3"
)

type question struct {
	Expression string    `json:"expression"`
	TimeZone   string    `json:"timeZone"`
	After      time.Time `json:"after"`
	// How many times are wanted.
	Count int `json:"count"`
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		log.Fatal(err)
	}
	answers := make([][]time.Time, len(questions))
	for i, asked := range questions {
		answers[i] = asked.answer()
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}

func (q question) answer() (times []time.Time) {
	// The API server takes such an expression for refused as well.
	defer func() {
		if recover() != nil {
			times = nil
		}
	}()
	zone, err := time.LoadLocation(q.TimeZone)
	if err != nil {
		return nil
	}
	schedule, err := cron.ParseStandard(q.Expression)
	if err != nil {
		return nil
	}
	times = []time.Time{}
	for at := q.After.In(zone); len(times) < q.Count; {
		at = schedule.Next(at)
		if at.IsZero() {
			break
		}
		times = append(times, at.UTC())
	}
	return times
}
